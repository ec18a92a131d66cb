-- Subscriptions by status, without reading them all: none is ever deleted and their keys have no gaps, so
-- that whoever is not among the unusual is active.
WITH unusual (name, count) AS (
    SELECT status, count(*) FROM subscription WHERE status <> 'active' GROUP BY status
), usual (count) AS (
    SELECT coalesce((SELECT max(key) FROM subscription), 0) - coalesce((SELECT sum(count) FROM unusual), 0)
)
SELECT name, count FROM unusual
 UNION ALL
SELECT 'active', count FROM usual WHERE count > 0
 ORDER BY 1
