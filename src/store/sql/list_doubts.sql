-- Charges whose outcome is unknown, the oldest first. ?1 how many at most.
SELECT s.id AS subscription, c.n AS cycle, c.amount, c.begun_at, c.asked, c.cause, c.message
  FROM cycle c
  JOIN subscription s ON s.key = c.subscription_key
 WHERE c.state = 'in_doubt'
 ORDER BY c.begun_at
 LIMIT ?1 + 0
