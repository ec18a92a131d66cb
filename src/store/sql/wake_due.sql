-- Cycles whose next try has come. ?1 now, ?2 how many at most.
SELECT '[' || coalesce(group_concat(work), '') || ']'
  FROM (SELECT work FROM work
         WHERE state IN ('scheduled', 'retrying') AND wake_at <= ?1
         ORDER BY wake_at
         LIMIT ?2)
