-- Cycles that wait for another try, to ask about the last one once more. ?1 tried since when, ?2, ?3, ?4
-- the last one seen (act_at, subscription, cycle), ?5 how many.
SELECT c.subscription_key, c.n, c.act_at AS at, c.amount, c.name, c.attempts, c.uid_no, c.imp_uid,
       s.id AS subscription,
       a.customer_uid
  FROM cycle c
  JOIN subscription s ON s.key = c.subscription_key
  JOIN attempt a ON a.subscription_key = c.subscription_key AND a.n = c.n AND a.k = c.attempts
 WHERE c.state = 'retrying' AND a.begun_at >= ?1
   AND (c.act_at, c.subscription_key, c.n) > (?2, ?3, ?4)
 ORDER BY c.act_at, c.subscription_key, c.n
 LIMIT ?5 + 0
