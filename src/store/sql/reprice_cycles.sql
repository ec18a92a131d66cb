-- Cycles that were not tried yet, as another version of their plan has them.
WITH became (subscription_key, n, amount, name, rises_from, rises_to, plan_key) AS (
VALUES (?, ?, ?, ?, ?, ?, ?)
)
UPDATE cycle
   SET amount = became.amount, name = became.name, rises_from = became.rises_from,
       rises_to = became.rises_to, plan_key = became.plan_key
  FROM became
 WHERE cycle.subscription_key = became.subscription_key AND cycle.n = became.n
   AND cycle.state = 'scheduled'
