-- The oldest entries of the journal, a line of JSON each. ?1 how many.
SELECT j.seq, j.at,
       json_object('seq', j.seq, 'at', j.at, 'subscription_key', j.subscription_key, 'subscription', s.id,
                   'cycle', j.n, 'kind', j.kind, 'actor', j.actor, 'words', j.words,
                   'after', json(j.after)) AS line
  FROM journal j
  LEFT JOIN subscription s ON s.key = j.subscription_key
 ORDER BY j.seq
 LIMIT ?1 + 0
