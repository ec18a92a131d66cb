INSERT INTO installation (key, name, created_at) VALUES (1, ?1, ?2)
