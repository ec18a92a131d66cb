-- Subscriptions of a card that are not over. ?1 the customer_uid.
SELECT key, id, customer_uid, plan_key, anchor_at, first_cycle, quantity, coupon, discount, status, hold,
       created_at, ended_at, agreed_at, agreed_won, next_plan_key, next_at, ends_at, resumes_at, resumes_how,
       moved_n, moved_at, credit, card_dead, card_expires
  FROM subscription
 WHERE customer_uid = ?1 AND ended_at IS NULL
 ORDER BY key
