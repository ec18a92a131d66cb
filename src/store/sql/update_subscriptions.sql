-- What became of subscriptions.
WITH became (key, status, hold, customer_uid, ended_at, agreed_at, agreed_won) AS (
VALUES (?, ?, ?, ?, ?, ?, ?)
)
UPDATE subscription
   SET status = became.status, hold = became.hold, customer_uid = became.customer_uid,
       ended_at = became.ended_at, agreed_at = became.agreed_at, agreed_won = became.agreed_won
  FROM became
 WHERE subscription.key = became.key
