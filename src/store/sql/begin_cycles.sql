-- Cycles that are tried for the first time: what happens to nearly every cycle once.
INSERT INTO begun_cycle (subscription_key, n, begun_at, answer_by)
VALUES (?, ?, ?, ?)
