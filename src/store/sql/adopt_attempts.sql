-- Attempts that a lost history made and the gateway told of, as they ended.
WITH new (subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at, ended_at, outcome, class,
          pg, code, message, imp_uid) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
)
INSERT INTO attempt (subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at, ended_at,
                     outcome, class, pg, code, message, imp_uid)
SELECT subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at, ended_at, outcome, class, pg,
       code, message, imp_uid
  FROM new
 WHERE subscription_key IS NOT NULL
