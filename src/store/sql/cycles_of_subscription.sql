-- The newest cycles of one subscription. ?1 its key, ?2 how many.
SELECT c.subscription_key, s.id AS subscription, s.customer_uid, p.id AS plan, c.n AS cycle, c.due_at,
       c.amount, c.credit, c.state, c.wake_at, c.imp_uid, c.paid_at, c.refunded, c.attempts, c.declines,
       c.cause, c.class, c.code, c.message,
       -- The one that it was paid under, or the last: where there was more than one.
       CASE WHEN c.uid_no > 0
            THEN (SELECT a.merchant_uid FROM attempt a
                   WHERE a.subscription_key = c.subscription_key AND a.n = c.n
                   ORDER BY coalesce(a.outcome = 'paid' OR a.outcome = 'refunded', 0) DESC, a.k DESC
                   LIMIT 1) END AS later_uid
  FROM cycle c
  JOIN subscription s ON s.key = c.subscription_key
  JOIN plan p ON p.key = c.plan_key
 WHERE c.subscription_key = ?1
 ORDER BY c.n DESC
 LIMIT ?2 + 0
