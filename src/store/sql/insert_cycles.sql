-- New cycles.
WITH new (subscription_key, n, due_at, amount, name, state, act_at, wake_at, rises_from, rises_to) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
)
INSERT INTO cycle (subscription_key, n, due_at, amount, name, state, act_at, wake_at, rises_from, rises_to)
SELECT subscription_key, n, due_at, amount, name, state, act_at, wake_at, rises_from, rises_to
  FROM new
 WHERE subscription_key IS NOT NULL
