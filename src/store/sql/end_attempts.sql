-- How attempts ended.
WITH became (subscription_key, n, k, ended_at, outcome, class, code, message, imp_uid) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
)
UPDATE attempt
   SET ended_at = became.ended_at, outcome = became.outcome, class = became.class,
       code = became.code, message = became.message, imp_uid = became.imp_uid
  FROM became
 WHERE attempt.subscription_key = became.subscription_key AND attempt.n = became.n
   AND attempt.k = became.k
