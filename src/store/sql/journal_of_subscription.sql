-- The newest entries about one subscription. ?1 its key, ?2 how many.
SELECT j.seq, j.at, s.id AS subscription, j.n AS cycle, j.kind, j.actor, j.words, j.after
  FROM journal j
  LEFT JOIN subscription s ON s.key = j.subscription_key
 WHERE j.subscription_key = ?1
 ORDER BY j.seq DESC
 LIMIT ?2 + 0
