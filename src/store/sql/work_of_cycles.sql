-- The cycles that were named. ?1 a JSON array of [subscription_key, n].
SELECT '[' || coalesce(group_concat(work), '') || ']'
  FROM (SELECT work FROM work
         WHERE (subscription_key, n) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1)))
