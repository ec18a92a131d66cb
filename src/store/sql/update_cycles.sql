-- Every transition of a turn. ?1 a JSON array of rows with the state that was seen: a row that is no
-- longer in it is not changed, and the count of changes gives the conflict away.
WITH batch AS MATERIALIZED (SELECT key, value FROM json_each(?1))
UPDATE cycle
   SET state = j.state, act_at = j.act_at, wake_at = j.wake_at, begun_at = j.begun_at,
       attempts = j.attempts, declines = j.declines, traceless = j.traceless, asked = j.asked,
       cause = j.cause, class = j.class, code = j.code, message = j.message,
       imp_uid = j.imp_uid, paid_at = j.paid_at, refunded = j.refunded
  FROM (SELECT value ->> 'subscription_key' AS subscription_key, value ->> 'n' AS n,
               value ->> 'seen_state' AS seen_state, value ->> 'seen_attempts' AS seen_attempts,
               value ->> 'state' AS state, value ->> 'act_at' AS act_at,
               value ->> 'wake_at' AS wake_at, value ->> 'begun_at' AS begun_at,
               value ->> 'attempts' AS attempts, value ->> 'declines' AS declines,
               value ->> 'traceless' AS traceless, value ->> 'asked' AS asked,
               value ->> 'cause' AS cause, value ->> 'class' AS class, value ->> 'code' AS code,
               value ->> 'message' AS message, value ->> 'imp_uid' AS imp_uid,
               value ->> 'paid_at' AS paid_at, value ->> 'refunded' AS refunded
          FROM batch) AS j
 WHERE cycle.subscription_key = j.subscription_key AND cycle.n = j.n
   AND cycle.state = j.seen_state AND cycle.attempts = j.seen_attempts
