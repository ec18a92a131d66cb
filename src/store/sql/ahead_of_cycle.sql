-- One cycle with what decides about it. ?1 the subscription, ?2 which.
SELECT '[' || coalesce(group_concat(work), '') || ']'
  FROM (SELECT work FROM work WHERE subscription_key = ?1 AND n = ?2)
