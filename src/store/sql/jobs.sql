SELECT name, started_at, ended_at, result FROM job ORDER BY name
