-- What happened in a turn, in order.
WITH new (at, subscription_key, n, kind, actor, words, after) AS (
VALUES (?, ?, ?, ?, ?, ?, ?)
)
INSERT INTO journal (at, subscription_key, n, kind, actor, words, after)
SELECT at, subscription_key, n, kind, actor, words, after
  FROM new
 WHERE at IS NOT NULL
