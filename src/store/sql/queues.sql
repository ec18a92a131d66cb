-- What is in the queues. ?1 now, ?2 the beginning of the last day, ?3 the end of the next.
SELECT (SELECT count(*) FROM cycle WHERE begun_at IS NULL AND wake_at <= ?1)
           AS overdue,
       (SELECT count(*) FROM cycle WHERE begun_at IS NULL
           AND wake_at > ?1 AND wake_at <= ?3) AS due_next_day,
       (SELECT count(*) FROM cycle WHERE state = 'retrying') AS retrying,
       (SELECT count(*) FROM cycle
         WHERE begun_at IS NOT NULL AND state = 'in_doubt') AS in_doubt,
       (SELECT min(begun_at) FROM cycle
         WHERE begun_at IS NOT NULL AND state = 'in_doubt') AS oldest_doubt_at,
       (SELECT min(wake_at) FROM cycle WHERE begun_at IS NULL AND wake_at IS NOT NULL) AS next_wake_at,
       (SELECT count(*) FROM cycle WHERE paid_at >= ?2) AS paid_last_day,
       (SELECT coalesce(sum(amount - refunded), 0) FROM cycle WHERE paid_at >= ?2)
           AS collected_last_day,
       (SELECT coalesce(max(seq), 0) FROM journal) AS last_seq
