-- The file that has the entry after this one, if it is in one. ?1 the last entry seen.
SELECT file, print FROM archive WHERE last_seq > ?1 ORDER BY last_seq LIMIT 1
