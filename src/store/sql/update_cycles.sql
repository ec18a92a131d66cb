-- Every other transition of a turn, with the state in which it was read.
INSERT INTO changed_cycle (subscription_key, n, seen_state, seen_attempts, state, act_at, wake_at,
                           begun_at, attempts, declines, traceless, asked, cause, class, code, message,
                           imp_uid, paid_at, refunded, ladder_at, uid_no, given_up_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
