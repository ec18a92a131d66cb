UPDATE job SET ended_at = ?2, result = ?3 WHERE name = ?1
