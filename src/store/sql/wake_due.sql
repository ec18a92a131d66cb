-- Cycles whose next try has come. ?1 now, ?2 how many at most.
SELECT subscription_key, n, due_at, amount, name, state, act_at, wake_at, begun_at, attempts, declines,
       traceless, asked, cause, class, code, message, imp_uid, paid_at, refunded, subscription,
       customer_uid, plan_key, anchor_at, first_cycle, status, hold, created_at, ended_at, charged_uid,
       card_busy
  FROM work
 WHERE state IN ('scheduled', 'retrying') AND wake_at <= ?1
 ORDER BY wake_at
 LIMIT ?2
