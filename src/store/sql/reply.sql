-- What was answered to a command with this key. ?1 the idempotency key.
SELECT request, reply FROM reply WHERE idempotency_key = ?1
