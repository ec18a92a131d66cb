-- Answers that are kept no longer, the oldest first. ?1 the beginning of what is kept, ?2 how many at most.
DELETE FROM reply
 WHERE key IN (SELECT key FROM reply WHERE at < ?1 ORDER BY at LIMIT ?2 + 0)
