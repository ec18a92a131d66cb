-- A page of attempts by key. ?1, ?2, ?3 the last key seen (subscription, cycle, attempt), ?4 how many.
SELECT a.subscription_key, s.id AS subscription, a.n AS cycle, a.k AS attempt, a.customer_uid,
       a.merchant_uid, a.amount, a.begun_at, a.ended_at, a.outcome, a.class, a.pg, a.code,
       a.message, a.imp_uid
  FROM attempt a
  JOIN subscription s ON s.key = a.subscription_key
 WHERE (a.subscription_key, a.n, a.k) > (?1, ?2, ?3)
 ORDER BY a.subscription_key, a.n, a.k
 LIMIT ?4 + 0
