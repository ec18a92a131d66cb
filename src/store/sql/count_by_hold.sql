-- Held subscriptions by reason.
SELECT hold AS name, count(*) AS count FROM subscription WHERE hold IS NOT NULL
 GROUP BY hold ORDER BY hold
