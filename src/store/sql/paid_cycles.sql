-- Cycles whose charge was answered with a payment, each with its attempt: the other thing that happens to
-- nearly every cycle.
INSERT INTO paid_cycle (subscription_key, n, attempts, imp_uid, paid_at, ended_at)
VALUES (?, ?, ?, ?, ?, ?)
