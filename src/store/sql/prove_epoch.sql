-- What ends a turn that wrote nothing; the same without the rise. ?1 our epoch.
SELECT generation,
       (SELECT min(wake_at) FROM cycle WHERE state IN ('scheduled', 'retrying')) AS due,
       (SELECT min(wake_at) FROM cycle WHERE state IN ('charging', 'in_doubt')) AS open
  FROM fence
 WHERE key = 1 AND epoch = ?1
