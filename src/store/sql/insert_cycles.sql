-- New cycles.
WITH new (subscription_key, n, due_at, amount, name, state, act_at, wake_at, rises_from, rises_to,
          plan_key, credit) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
)
INSERT INTO cycle (subscription_key, n, due_at, amount, name, state, act_at, wake_at, rises_from, rises_to,
                   plan_key, credit)
SELECT subscription_key, n, due_at, amount, name, state, act_at, wake_at, rises_from, rises_to, plan_key,
       credit
  FROM new
 WHERE subscription_key IS NOT NULL
