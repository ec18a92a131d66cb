-- Cycles that are tried for the first time, each with its intent to charge and the cycle after it: what
-- happens to nearly every cycle once.
INSERT INTO begun_cycle (subscription_key, n, begun_at, answer_by, customer_uid, merchant_uid, amount,
                         next_due_at, next_amount, next_name, next_act_at, next_wake_at, next_plan_key)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
