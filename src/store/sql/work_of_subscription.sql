-- What is not final of one subscription. ?1 its key.
SELECT '[' || coalesce(group_concat(work), '') || ']'
  FROM (SELECT work FROM work
         WHERE subscription_key = ?1 AND wake_at IS NOT NULL
         ORDER BY n)
