-- The newest attempts of one subscription. ?1 its key, ?2 how many.
SELECT a.subscription_key, s.id AS subscription, a.n AS cycle, a.k AS attempt, a.customer_uid,
       a.merchant_uid, a.amount, a.begun_at, a.ended_at, a.outcome, a.class, a.pg, a.code,
       a.message, a.imp_uid
  FROM attempt a
  JOIN subscription s ON s.key = a.subscription_key
 WHERE a.subscription_key = ?1
 ORDER BY a.n DESC, a.k DESC
 LIMIT ?2 + 0
