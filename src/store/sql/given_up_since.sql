-- Cycles that were asked for in vain, or let go, to ask about once more: a history that is lost may have
-- been paid for. ?1 given up since when, ?2, ?3, ?4 the last
-- one seen (given_up_at, subscription, cycle), ?5 how many.
SELECT c.subscription_key, c.n, c.given_up_at AS at, c.amount, c.name, c.attempts, c.uid_no, c.imp_uid,
       s.id AS subscription,
       coalesce((SELECT a.customer_uid FROM attempt a
                  WHERE a.subscription_key = c.subscription_key AND a.n = c.n AND a.k = c.attempts),
                s.customer_uid) AS customer_uid
  FROM cycle c
  JOIN subscription s ON s.key = c.subscription_key
 WHERE c.given_up_at >= ?1 AND c.amount > 0
   AND (c.given_up_at, c.subscription_key, c.n) > (?2, ?3, ?4)
 ORDER BY c.given_up_at, c.subscription_key, c.n
 LIMIT ?5 + 0
