-- New cycles.
WITH new (subscription_key, n, due_at, amount, name, state, act_at, wake_at) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
)
INSERT INTO cycle (subscription_key, n, due_at, amount, name, state, act_at, wake_at)
SELECT subscription_key, n, due_at, amount, name, state, act_at, wake_at
  FROM new
 WHERE subscription_key IS NOT NULL
