-- The last batch that was let out.
SELECT until, decided_at
  FROM sweep
 WHERE decided_at IS NOT NULL AND decision IN ('passed', 'approved')
 ORDER BY decided_at DESC
 LIMIT 1
