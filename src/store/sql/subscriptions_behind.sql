-- Subscriptions on older versions of plans whose newest one is to apply to them, by key, each with its
-- cycles that are not over. ?1 the last key seen, ?2 pairs of versions, the older and the newest, ?3 how many.
SELECT s.key,
       (SELECT '[' || coalesce(group_concat(work), '') || ']'
          FROM (SELECT work FROM work
                 WHERE subscription_key = s.key AND wake_at IS NOT NULL
                 ORDER BY n)) AS works
  FROM subscription s
 WHERE s.key > ?1
   AND s.status NOT IN ('canceled', 'completed')
   AND EXISTS (SELECT 1 FROM json_each(?2) v
                WHERE v.value ->> 0 = s.plan_key AND s.next_plan_key IS NOT v.value ->> 1)
 ORDER BY s.key
 LIMIT ?3 + 0
