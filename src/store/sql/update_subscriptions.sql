-- What became of subscriptions. ?1 a JSON array of rows.
WITH batch AS MATERIALIZED (SELECT key, value FROM json_each(?1))
UPDATE subscription
   SET status = j.status, hold = j.hold, customer_uid = j.customer_uid, ended_at = j.ended_at
  FROM (SELECT value ->> 'key' AS key, value ->> 'status' AS status, value ->> 'hold' AS hold,
               value ->> 'customer_uid' AS customer_uid, value ->> 'ended_at' AS ended_at
          FROM batch) AS j
 WHERE subscription.key = j.key
