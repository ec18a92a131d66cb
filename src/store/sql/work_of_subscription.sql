-- What is not final of one subscription. ?1 its key.
SELECT subscription_key, n, due_at, amount, name, state, act_at, wake_at, begun_at, attempts, declines,
       traceless, asked, cause, class, code, message, imp_uid, paid_at, refunded, subscription,
       customer_uid, plan_key, anchor_at, first_cycle, status, hold, created_at, ended_at, charged_uid,
       card_busy
  FROM work
 WHERE subscription_key = ?1 AND wake_at IS NOT NULL
 ORDER BY n
