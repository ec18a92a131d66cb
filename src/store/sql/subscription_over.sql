-- A subscription of which no cycle is left, unless it has ended or dunning gave up on it. ?1 its key.
SELECT key, id, customer_uid, plan_key, anchor_at, first_cycle, quantity, coupon, discount, status, hold,
       created_at, ended_at, agreed_at, agreed_won, next_plan_key, next_at, ends_at, resumes_at, resumes_how,
       moved_n, moved_at, credit, card_dead, card_expires
  FROM subscription
 WHERE key = ?1
   AND status NOT IN ('suspended', 'canceled', 'completed')
   AND NOT EXISTS (SELECT 1 FROM cycle WHERE subscription_key = ?1 AND wake_at IS NOT NULL)
