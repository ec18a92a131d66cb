-- Whether a subscription has a declined cycle that is not settled, besides cycle ?2. ?1 its key.
SELECT EXISTS (SELECT 1 FROM cycle
                WHERE subscription_key = ?1 AND n <> ?2 AND declines > 0
                  AND state IN ('charging', 'in_doubt', 'retrying'))
