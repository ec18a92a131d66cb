-- The cycles that were named. ?1 a JSON array of [subscription_key, n].
SELECT subscription_key, n, due_at, amount, name, state, act_at, wake_at, begun_at, attempts, declines,
       traceless, asked, cause, class, code, message, imp_uid, paid_at, refunded, subscription,
       customer_uid, plan_key, anchor_at, first_cycle, status, hold, created_at, ended_at, charged_uid,
       card_busy
  FROM work
 WHERE (subscription_key, n) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))
