-- Cycles that were not tried yet, as another version of their plan or another anchor has them.
WITH became (subscription_key, n, due_at, act_at, wake_at, amount, name, rises_from, rises_to,
             plan_key, credit) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
)
UPDATE cycle
   SET due_at = became.due_at, act_at = became.act_at, wake_at = became.wake_at, amount = became.amount,
       name = became.name, rises_from = became.rises_from,
       rises_to = became.rises_to, plan_key = became.plan_key,
       credit = became.credit
  FROM became
 WHERE cycle.subscription_key = became.subscription_key AND cycle.n = became.n
   AND cycle.state = 'scheduled'
