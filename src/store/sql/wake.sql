-- What is to be looked at: attempts whose deadline passed and doubts to ask about, and cycles whose
-- next try has come and was let out. ?1 now, ?2 how many of the former at most, ?3 how many of the
-- latter, ?4 let out by then.
SELECT (SELECT '[' || coalesce(group_concat(work), '') || ']'
          FROM (SELECT work FROM work
                 WHERE begun_at IS NOT NULL AND wake_at <= ?1
                 ORDER BY wake_at
                 LIMIT ?2 + 0)) AS open,
       (SELECT '[' || coalesce(group_concat(work), '') || ']'
          FROM (SELECT work FROM work
                 WHERE begun_at IS NULL AND wake_at <= ?4
                 ORDER BY wake_at
                 LIMIT ?3 + 0)) AS due
