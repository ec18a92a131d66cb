-- What was let out since ?1: what nobody foretold and passed, and what a person approved beyond the cap
-- on everything.
SELECT coalesce(sum(charges * (decision = 'passed')), 0) AS passed_charges,
       coalesce(sum(won * (decision = 'passed')), 0) AS passed_won,
       coalesce(sum(charges * (decision = 'approved' AND scope = 'all')), 0) AS approved_charges,
       coalesce(sum(won * (decision = 'approved' AND scope = 'all')), 0) AS approved_won
  FROM sweep
 WHERE decided_at >= ?1
