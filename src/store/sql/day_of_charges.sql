-- What was paid since ?1, or is under way.
SELECT (SELECT count(*) FROM cycle WHERE paid_at >= ?1)
           + (SELECT count(*) FROM cycle WHERE begun_at IS NOT NULL) AS charges,
       (SELECT coalesce(sum(amount), 0) FROM cycle WHERE paid_at >= ?1)
           + (SELECT coalesce(sum(amount), 0) FROM cycle WHERE begun_at IS NOT NULL) AS won
