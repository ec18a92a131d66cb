-- The next subscriptions, each with the cycles that a lost history may have charged: due, and not begun
-- here or to be tried again, each up to the uid of its next attempt. An open attempt is looked up anyway before anything else happens to it.
-- ?1 the last subscription seen, ?2 how many subscriptions, ?3 now.
SELECT page.key AS subscription_key, page.id AS subscription, page.customer_uid, c.n, c.state, c.amount, c.name,
       c.attempts, c.uid_no
  FROM (SELECT key, id, customer_uid FROM subscription WHERE key > ?1 ORDER BY key LIMIT ?2 + 0) page
  LEFT JOIN cycle c ON c.subscription_key = page.key AND c.state IN ('scheduled', 'retrying')
                   AND c.due_at <= ?3 AND c.amount > 0
 ORDER BY page.key, c.n
