-- How attempts ended. ?1 a JSON array of rows.
WITH batch AS MATERIALIZED (SELECT key, value FROM json_each(?1))
UPDATE attempt
   SET ended_at = j.ended_at, outcome = j.outcome, class = j.class, code = j.code,
       message = j.message, imp_uid = j.imp_uid
  FROM (SELECT value ->> 'subscription_key' AS subscription_key, value ->> 'n' AS n,
               value ->> 'k' AS k, value ->> 'ended_at' AS ended_at, value ->> 'outcome' AS outcome,
               value ->> 'class' AS class, value ->> 'code' AS code,
               value ->> 'message' AS message, value ->> 'imp_uid' AS imp_uid
          FROM batch) AS j
 WHERE attempt.subscription_key = j.subscription_key AND attempt.n = j.n AND attempt.k = j.k
