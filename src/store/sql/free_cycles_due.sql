-- Cycles of the next subscriptions that ask for nothing and whose moment has come. ?1 the last subscription
-- seen, ?2 how many subscriptions, ?3 now.
SELECT '[' || coalesce(group_concat(work), '') || ']'
  FROM (SELECT w.work
          FROM (SELECT key FROM subscription WHERE key > ?1 ORDER BY key LIMIT ?2 + 0) page
          JOIN cycle c ON c.subscription_key = page.key AND c.state = 'scheduled' AND c.amount = 0
                      AND c.wake_at <= ?3
          JOIN work w ON w.subscription_key = c.subscription_key AND w.n = c.n)
