-- What became of subscriptions.
WITH became (key, status, hold, customer_uid, ended_at, agreed_at, agreed_won, plan_key, quantity,
             coupon, discount, next_plan_key, next_at, ends_at, resumes_at, resumes_how, moved_n, moved_at,
             credit, card_dead, card_expires) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
)
UPDATE subscription
   SET status = became.status, hold = became.hold, customer_uid = became.customer_uid,
       ended_at = became.ended_at, agreed_at = became.agreed_at, agreed_won = became.agreed_won,
       plan_key = became.plan_key, quantity = became.quantity, coupon = became.coupon,
       discount = became.discount, next_plan_key = became.next_plan_key,
       next_at = became.next_at, ends_at = became.ends_at, resumes_at = became.resumes_at,
       resumes_how = became.resumes_how, moved_n = became.moved_n, moved_at = became.moved_at,
       credit = became.credit, card_dead = became.card_dead, card_expires = became.card_expires
  FROM became
 WHERE subscription.key = became.key
