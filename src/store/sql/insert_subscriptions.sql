-- New subscriptions.
WITH new (key, id, customer_uid, plan_key, anchor_at, first_cycle, status, created_at) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
)
INSERT INTO subscription (key, id, customer_uid, plan_key, anchor_at, first_cycle, status, created_at)
SELECT key, id, customer_uid, plan_key, anchor_at, first_cycle, status, created_at
  FROM new
 WHERE key IS NOT NULL
