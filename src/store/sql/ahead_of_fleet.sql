-- Subscriptions that may be charged by then, by key, each with its cycles that are not over. ?1 the last
-- key seen, ?2 by when, ?3 how many.
SELECT s.key,
       (SELECT '[' || coalesce(group_concat(work), '') || ']'
          FROM (SELECT work FROM work
                 WHERE subscription_key = s.key AND wake_at IS NOT NULL
                 ORDER BY n)) AS works
  FROM subscription s
 WHERE s.key > ?1
   AND (s.resumes_at <= ?2
        OR EXISTS (SELECT 1 FROM cycle c WHERE c.subscription_key = s.key AND c.wake_at <= ?2))
 ORDER BY s.key
 LIMIT ?3 + 0
