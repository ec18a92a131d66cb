-- ?1 idempotency key, ?2 print of the request, ?3 the answer, ?4 now.
INSERT INTO reply (key, request, answer, at) VALUES (?1, ?2, ?3, ?4)
