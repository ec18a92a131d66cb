-- New subscriptions.
WITH new (key, id, customer_uid, plan_key, anchor_at, first_cycle, quantity, coupon, discount,
          status, created_at, agreed_at, agreed_won, card_expires) AS (
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
)
INSERT INTO subscription (key, id, customer_uid, plan_key, anchor_at, first_cycle, quantity, coupon,
                          discount, status, created_at, agreed_at, agreed_won, card_expires)
SELECT key, id, customer_uid, plan_key, anchor_at, first_cycle, quantity, coupon, discount, status,
       created_at, agreed_at, agreed_won, card_expires
  FROM new
 WHERE key IS NOT NULL
