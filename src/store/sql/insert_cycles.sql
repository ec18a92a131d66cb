-- New cycles. ?1 a JSON array of rows.
WITH batch AS MATERIALIZED (SELECT key, value FROM json_each(?1))
INSERT INTO cycle (subscription_key, n, due_at, amount, name, state, act_at, wake_at)
SELECT value ->> 'subscription_key', value ->> 'n', value ->> 'due_at', value ->> 'amount',
       value ->> 'name', value ->> 'state', value ->> 'act_at', value ->> 'wake_at'
  FROM batch
 ORDER BY key
