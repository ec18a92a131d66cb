-- What became of subscriptions.
WITH became (key, status, hold, customer_uid, ended_at) AS (
VALUES (?, ?, ?, ?, ?)
)
UPDATE subscription
   SET status = became.status, hold = became.hold, customer_uid = became.customer_uid,
       ended_at = became.ended_at
  FROM became
 WHERE subscription.key = became.key
