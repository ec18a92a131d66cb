-- Subscriptions by status.
SELECT status AS name, count(*) AS count FROM subscription GROUP BY status ORDER BY status
