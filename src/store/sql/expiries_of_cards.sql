-- What is known of when cards expire, of those whose subscriptions are not all over: the same of each of them.
-- ?1 customer_uids, as a JSON array.
SELECT s.customer_uid, max(s.card_expires)
  FROM json_each(?1) wanted
  JOIN subscription s ON s.customer_uid = wanted.value
 WHERE s.ended_at IS NULL
 GROUP BY s.customer_uid
