-- The cycles of a subscription that were asked for in vain and given up. ?1 its key.
SELECT n FROM cycle WHERE subscription_key = ?1 AND state = 'uncollectible' ORDER BY n
