-- What became of the cycles that were declined, by the plan that each was charged by. ?1 cycles with a decline since then.
WITH owed (subscription_key, n) AS (
    SELECT DISTINCT subscription_key, n FROM attempt WHERE class IS NOT NULL AND begun_at >= ?1
)
SELECT p.id AS plan, count(*) AS declined,
       sum(c.paid_at IS NOT NULL) AS paid,
       sum(c.wake_at IS NOT NULL) AS waiting,
       sum(c.amount) AS owed_won,
       sum(iif(c.paid_at IS NOT NULL, c.amount, 0)) AS paid_won
  FROM owed
  JOIN cycle c ON c.subscription_key = owed.subscription_key AND c.n = owed.n
  JOIN plan p ON p.key = c.plan_key
 GROUP BY p.id
 ORDER BY p.id
