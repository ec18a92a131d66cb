INSERT INTO job (name, started_at) VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at, ended_at = NULL, result = NULL
