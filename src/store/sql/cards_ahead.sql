-- Subscriptions that are not over, that may be charged by then and whose card expires with a month up to this one; in
-- the order of months, each with its last payment and its cycles that are not over. ?1 and ?2 the month and the key
-- seen last, ?3 the month, ?4 by when, ?5 how many.
SELECT s.card_expires,
       (SELECT c.paid_at FROM cycle c
         WHERE c.subscription_key = s.key AND c.paid_at IS NOT NULL
         ORDER BY c.n DESC LIMIT 1) AS paid_at,
       (SELECT '[' || coalesce(group_concat(work), '') || ']'
          FROM (SELECT work FROM work
                 WHERE subscription_key = s.key AND wake_at IS NOT NULL
                 ORDER BY n)) AS works
  FROM subscription s
 WHERE s.card_expires IS NOT NULL AND s.ended_at IS NULL
   AND (s.card_expires, s.key) > (?1, ?2) AND s.card_expires <= ?3
   AND (s.resumes_at <= ?4
        OR EXISTS (SELECT 1 FROM cycle c WHERE c.subscription_key = s.key AND c.wake_at <= ?4))
 ORDER BY s.card_expires, s.key
 LIMIT ?5 + 0
