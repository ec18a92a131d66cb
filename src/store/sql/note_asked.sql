-- How far the gateway was asked. ?1 the subscription.
UPDATE fence SET asked_to = ?1 WHERE suspicion IS NOT NULL
