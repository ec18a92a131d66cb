-- The attempts at one cycle, the newest first. ?1, ?2 the cycle.
SELECT k, merchant_uid, customer_uid, outcome
  FROM attempt
 WHERE subscription_key = ?1 AND n = ?2
 ORDER BY k DESC
