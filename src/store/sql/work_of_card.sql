-- What is not final of the subscriptions of a card. ?1 the customer_uid.
SELECT '[' || coalesce(group_concat(work), '') || ']'
  FROM (SELECT work FROM work
         WHERE subscription_key IN (SELECT key FROM subscription WHERE customer_uid = ?1)
           AND wake_at IS NOT NULL
         ORDER BY subscription_key, n)
