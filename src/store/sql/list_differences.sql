-- What the gateway says otherwise, in order. ?1 how many at most.
SELECT s.id AS subscription, d.n AS cycle, d.found_at, d.ours, d.theirs, c.amount
  FROM difference d
  JOIN subscription s ON s.key = d.subscription_key
  JOIN cycle c ON c.subscription_key = d.subscription_key AND c.n = d.n
 ORDER BY d.subscription_key, d.n
 LIMIT ?1 + 0
