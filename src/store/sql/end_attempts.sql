-- How attempts ended.
INSERT INTO ended_attempt (subscription_key, n, k, ended_at, outcome, class, pg, code, message, imp_uid)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
