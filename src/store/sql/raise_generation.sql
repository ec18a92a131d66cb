-- What ends a turn that wrote something: the generation rises, unless another process has taken the
-- database over. In the same breath, when the next cycle wants to be looked at: among those to be
-- tried, among the open ones, and among the subscriptions. ?1 our epoch.
UPDATE fence
   SET generation = generation + 1
 WHERE key = 1 AND epoch = ?1
RETURNING generation,
          (SELECT min(wake_at) FROM cycle WHERE begun_at IS NULL AND wake_at IS NOT NULL) AS due,
          (SELECT min(wake_at) FROM cycle WHERE begun_at IS NOT NULL) AS open,
          (SELECT min(ends_at) FROM subscription WHERE ends_at IS NOT NULL) AS ends,
          (SELECT min(resumes_at) FROM subscription WHERE resumes_at IS NOT NULL) AS resumes
