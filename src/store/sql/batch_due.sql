-- What is due, one by one, in one text: who, which cycle, how much, on which version of which plan, due
-- when, and what speaks against it. The same rules as in weigh_due. ?1 due by, ?2 late before, ?3 a day,
-- ?4 how often its last price a price may be.
SELECT '[' || coalesce(group_concat(charge), '') || ']'
  FROM (SELECT json_array(s.id, c.n, c.amount, p.id, p.key, c.due_at,
                          c.act_at < ?2,
                          c.state = 'scheduled' AND c.n = s.first_cycle
                              AND s.created_at > c.act_at - ?3,
                          p.key IN (SELECT v.key
                                      FROM plan v
                                      JOIN plan o ON o.id = v.id AND o.version = v.version - 1
                                     WHERE v.amount > o.amount * ?4
                                       AND v.key NOT IN (SELECT plan_key FROM approved_price))) AS charge
          FROM cycle c
          JOIN subscription s ON s.key = c.subscription_key
          JOIN plan p ON p.key = c.plan_key
         WHERE c.begun_at IS NULL AND c.wake_at <= ?1
           AND c.amount > 0 AND c.cause IS NOT 'exhausted'
           AND s.status IN ('trialing', 'active', 'past_due') AND s.hold IS NULL
           AND (s.card_dead IS NULL OR c.ladder_at IS NOT NULL)
         ORDER BY +c.subscription_key, +c.n)
