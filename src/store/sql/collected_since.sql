-- Paid cycles to compare with the gateway. ?1 since when, ?2, ?3, ?4 the last one seen
-- (paid_at, subscription, cycle), ?5 how many.
SELECT c.subscription_key, c.n, c.paid_at AS at, c.amount, c.name, c.attempts, c.uid_no, c.imp_uid,
       s.id AS subscription,
       coalesce((SELECT a.customer_uid FROM attempt a
                  WHERE a.subscription_key = c.subscription_key AND a.n = c.n AND a.outcome = 'paid'),
                s.customer_uid) AS customer_uid
  FROM cycle c
  JOIN subscription s ON s.key = c.subscription_key
 WHERE c.paid_at IS NOT NULL AND c.paid_at >= ?1
   AND (c.paid_at, c.subscription_key, c.n) > (?2, ?3, ?4)
 ORDER BY c.paid_at, c.subscription_key, c.n
 LIMIT ?5 + 0
