-- New subscriptions. ?1 a JSON array of rows.
WITH batch AS MATERIALIZED (SELECT key, value FROM json_each(?1))
INSERT INTO subscription (key, id, customer_uid, plan_key, anchor_at, first_cycle, status, created_at)
SELECT value ->> 'key', value ->> 'id', value ->> 'customer_uid', value ->> 'plan_key',
       value ->> 'anchor_at', value ->> 'first_cycle', value ->> 'status', value ->> 'created_at'
  FROM batch
 ORDER BY key
