-- When a subscription last paid. ?1 its key.
SELECT paid_at FROM cycle
 WHERE subscription_key = ?1 AND paid_at IS NOT NULL
 ORDER BY n DESC
 LIMIT 1
