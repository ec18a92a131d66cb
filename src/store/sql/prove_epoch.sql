-- What ends a turn that wrote nothing; the same without the rise. ?1 our epoch.
SELECT generation,
       (SELECT min(wake_at) FROM cycle WHERE begun_at IS NULL AND wake_at IS NOT NULL) AS due,
       (SELECT min(wake_at) FROM cycle WHERE begun_at IS NOT NULL) AS open,
       (SELECT min(ends_at) FROM subscription WHERE ends_at IS NOT NULL) AS ends,
       (SELECT min(resumes_at) FROM subscription WHERE resumes_at IS NOT NULL) AS resumes
  FROM fence
 WHERE key = 1 AND epoch = ?1
