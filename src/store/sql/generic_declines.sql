-- The newest declines that nothing is known about, since ?1; ?2 how many at most.
SELECT a.pg, a.message, a.ended_at
  FROM attempt a
 WHERE a.class = 'generic' AND a.begun_at >= ?1
 ORDER BY a.begun_at DESC
 LIMIT ?2 + 0
