-- Attempts whose deadline passed, and doubts to ask about. ?1 now, ?2 how many at most.
SELECT '[' || coalesce(group_concat(work), '') || ']'
  FROM (SELECT work FROM work
         WHERE state IN ('charging', 'in_doubt') AND wake_at <= ?1
         ORDER BY wake_at
         LIMIT ?2)
