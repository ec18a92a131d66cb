-- Every transition of a turn, with the state that was seen: a row that is no longer in it is not
-- changed, and the count of changes gives the conflict away.
WITH became (subscription_key, n, seen_state, seen_attempts, state, act_at, wake_at, begun_at, attempts,
             declines, traceless, asked, cause, class, code, message, imp_uid, paid_at, refunded) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
)
UPDATE cycle
   SET state = became.state, act_at = became.act_at, wake_at = became.wake_at,
       begun_at = became.begun_at, attempts = became.attempts, declines = became.declines,
       traceless = became.traceless, asked = became.asked, cause = became.cause,
       class = became.class, code = became.code, message = became.message,
       imp_uid = became.imp_uid, paid_at = became.paid_at, refunded = became.refunded
  FROM became
 WHERE cycle.subscription_key = became.subscription_key AND cycle.n = became.n
   AND cycle.state = became.seen_state AND cycle.attempts = became.seen_attempts
