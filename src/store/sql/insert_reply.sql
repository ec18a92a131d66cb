INSERT INTO reply (idempotency_key, request, reply, at) VALUES (?1, ?2, ?3, ?4)
