-- What the front page counts that is more in a larger fleet. Subscriptions are not all read: none is ever
-- deleted and their keys have no gaps, so that whoever is not among the unusual is active. ?1 now, ?2 the
-- beginning of the last day, ?3 the end of the next; ?4 the first month of cards that are told of, ?5 the one
-- after the last.
WITH unusual (name, count) AS MATERIALIZED (
    SELECT status, count(*) FROM subscription WHERE status <> 'active' GROUP BY status
), usual (count) AS (
    SELECT coalesce((SELECT max(key) FROM subscription), 0) - coalesce((SELECT sum(count) FROM unusual), 0)
), by_status (name, count) AS (
    SELECT name, count FROM unusual
     UNION ALL
    SELECT 'active', count FROM usual WHERE count > 0
     ORDER BY 1
), last_day (paid, collected) AS MATERIALIZED (
    SELECT count(*), coalesce(sum(amount - refunded), 0) FROM cycle WHERE paid_at >= ?2
)
SELECT (SELECT count(*) FROM cycle WHERE begun_at IS NULL AND wake_at <= ?1) AS overdue,
       (SELECT count(*) FROM cycle
         WHERE begun_at IS NULL AND wake_at > ?1 AND wake_at <= ?3) AS due_next_day,
       (SELECT count(*) FROM cycle WHERE state = 'retrying') AS retrying,
       (SELECT count(*) FROM subscription WHERE ends_at IS NOT NULL) AS ending,
       (SELECT count(*) FROM subscription WHERE card_dead IS NOT NULL) AS card_dead,
       (SELECT count(*) FROM subscription
         WHERE card_expires >= ?4 AND card_expires < ?5 AND ended_at IS NULL) AS card_expiring,
       (SELECT paid FROM last_day) AS paid_last_day,
       (SELECT collected FROM last_day) AS collected_last_day,
       (SELECT json_group_array(json_object('name', name, 'count', count)) FROM by_status) AS by_status
