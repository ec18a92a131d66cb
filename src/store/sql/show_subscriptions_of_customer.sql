-- The subscriptions of a card. ?1 the customer_uid, ?2 how many at most.
SELECT s.key, s.id, s.customer_uid, p.id AS plan, p.key AS plan_key, p.version AS plan_version,
       p.amount, s.quantity, s.coupon, s.discount, s.status, s.hold, s.anchor_at, s.created_at, s.ended_at,
       s.ends_at, s.resumes_at, s.moved_n, s.moved_at, s.credit, s.card_dead, s.card_expires,
       s.agreed_at, s.agreed_won, s.next_at,
       (SELECT v.version FROM plan v WHERE v.key = s.next_plan_key) AS next_version,
       (SELECT c.n FROM cycle c WHERE c.subscription_key = s.key ORDER BY c.n DESC LIMIT 1)
           AS newest_cycle,
       (SELECT c.due_at FROM cycle c
         WHERE c.subscription_key = s.key AND c.wake_at IS NOT NULL ORDER BY c.n LIMIT 1)
           AS next_due_at,
       (SELECT min(c.wake_at) FROM cycle c
         WHERE c.subscription_key = s.key AND c.wake_at IS NOT NULL AND c.n >= s.first_cycle)
           AS next_wake_at
  FROM subscription s
  JOIN plan p ON p.key = s.plan_key
 WHERE s.customer_uid = ?1
 ORDER BY s.key
 LIMIT ?2 + 0
