-- The first subscription of a card on a plan, in any version, that has not ended. ?1 the customer_uid, ?2 the
-- plan's id.
SELECT s.id
  FROM subscription s
  JOIN plan p ON p.key = s.plan_key
 WHERE s.customer_uid = ?1 AND p.id = ?2 AND s.status NOT IN ('canceled', 'completed')
 ORDER BY s.key
 LIMIT 1
