-- Intents to charge.
WITH new (subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at) AS (
VALUES (?, ?, ?, ?, ?, ?, ?)
)
INSERT INTO attempt (subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at)
SELECT subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at
  FROM new
 WHERE subscription_key IS NOT NULL
