-- Held subscriptions, in the order in which they were added. ?1 how many at most.
SELECT id AS subscription, hold AS reason, status
  FROM subscription
 WHERE hold IS NOT NULL
 ORDER BY key
 LIMIT ?1 + 0
