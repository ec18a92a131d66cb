-- Subscriptions of a card that are not over, of which it is not on record yet whether it is dead. ?1 the
-- customer_uid, ?2 as what it was declined for good; nothing when it is a good one.
SELECT key, id, customer_uid, plan_key, anchor_at, first_cycle, quantity, coupon, discount, status, hold,
       created_at, ended_at, agreed_at, agreed_won, next_plan_key, next_at, ends_at, resumes_at, resumes_how,
       moved_n, moved_at, credit, card_dead
  FROM subscription
 WHERE customer_uid = ?1 AND card_dead IS NOT ?2 AND ended_at IS NULL
 ORDER BY key
