-- The next subscriptions, each with the cycles that a lost history may have charged: due, and not begun
-- here or to be tried again, each up to the uid of its next attempt; and what says when those after the
-- last are due. An open attempt is looked up anyway before anything else happens to it.
-- ?1 the last subscription seen, ?2 how many subscriptions, ?3 now.
SELECT page.key AS subscription_key, page.id AS subscription, page.customer_uid, page.anchor_at, page.moved_n,
       page.moved_at, c.n, c.state, c.amount, c.name, c.attempts, c.uid_no, c.plan_key
  FROM (SELECT key, id, customer_uid, anchor_at, moved_n, moved_at FROM subscription
         WHERE key > ?1 ORDER BY key LIMIT ?2 + 0) page
  LEFT JOIN cycle c ON c.subscription_key = page.key AND c.state IN ('scheduled', 'retrying')
                   AND c.due_at <= ?3
 ORDER BY page.key, c.n
