-- The newest cycles of one subscription. ?1 its key, ?2 how many.
SELECT c.subscription_key, s.id AS subscription, s.customer_uid, p.id AS plan, c.n AS cycle, c.due_at,
       c.amount, c.state, c.wake_at, c.imp_uid, c.paid_at, c.refunded, c.attempts, c.declines,
       c.cause, c.class, c.code, c.message
  FROM cycle c
  JOIN subscription s ON s.key = c.subscription_key
  JOIN plan p ON p.key = s.plan_key
 WHERE c.subscription_key = ?1
 ORDER BY c.n DESC
 LIMIT ?2 + 0
