-- What was answered under an idempotency key. ?1 the key.
SELECT request, answer, at FROM reply WHERE key = ?1
