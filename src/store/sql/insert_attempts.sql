-- Intents to charge. ?1 a JSON array of rows.
WITH batch AS MATERIALIZED (SELECT key, value FROM json_each(?1))
INSERT INTO attempt (subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at)
SELECT value ->> 'subscription_key', value ->> 'n', value ->> 'k', value ->> 'customer_uid',
       value ->> 'merchant_uid', value ->> 'amount', value ->> 'begun_at'
  FROM batch
 ORDER BY key
