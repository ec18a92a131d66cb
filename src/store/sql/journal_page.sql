-- A page of the journal. ?1 the last entry seen, ?2 how many.
SELECT j.seq, j.at, s.id AS subscription, j.n AS cycle, j.kind, j.actor, j.words, j.after
  FROM journal j
  LEFT JOIN subscription s ON s.key = j.subscription_key
 WHERE j.seq > ?1
 ORDER BY j.seq
 LIMIT ?2 + 0
