-- When the next cycle wants to be looked at: among those to be tried, and among the open ones.
SELECT (SELECT min(wake_at) FROM cycle WHERE state IN ('scheduled', 'retrying')) AS due,
       (SELECT min(wake_at) FROM cycle WHERE state IN ('charging', 'in_doubt')) AS open
