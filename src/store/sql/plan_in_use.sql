-- How many subscriptions of a plan, in any version, can still be charged. ?1 the plan's id.
SELECT count(*)
  FROM subscription s
  JOIN plan p ON p.key = s.plan_key
 WHERE p.id = ?1 AND s.status NOT IN ('canceled', 'completed')
