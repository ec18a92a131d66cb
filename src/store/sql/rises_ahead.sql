-- Subscriptions whose price may rise by then, by key, each with its cycles that are not over. ?1 the last
-- key seen, ?2 by when, ?3 how many.
SELECT s.key,
       (SELECT '[' || coalesce(group_concat(work), '') || ']'
          FROM (SELECT work FROM work
                 WHERE subscription_key = s.key AND wake_at IS NOT NULL
                 ORDER BY n)) AS works
  FROM subscription s
 WHERE s.key > ?1
   AND s.status NOT IN ('canceled', 'completed')
   AND EXISTS (SELECT 1 FROM cycle c
                WHERE c.subscription_key = s.key AND c.wake_at <= ?2
                  AND (c.rises_to IS NOT NULL OR s.next_plan_key IS NOT NULL
                       OR s.plan_key IN (SELECT key FROM plan WHERE price_list <> '{}' OR fixed_day IS NOT NULL
                                                                          OR cron IS NOT NULL)))
 ORDER BY s.key
 LIMIT ?3 + 0
