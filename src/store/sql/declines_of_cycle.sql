-- How often a cycle was declined, by its ladder or by hand. ?1 the subscription's key, ?2 its number.
SELECT count(*) FROM attempt WHERE subscription_key = ?1 AND n = ?2 AND outcome = 'declined'
