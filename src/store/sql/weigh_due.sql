-- What is due and was not weighed yet, and how much of it nobody foretold. Who is not charged anyhow is
-- left out, and what is free, and what is only looked at because its grace is over. ?1 weighed until, ?2 due by, ?3 late before, ?4 a day, ?5 how often its last price a price
-- may be.
SELECT count(*) AS charges, coalesce(sum(amount), 0) AS won,
       coalesce(sum(is_late OR is_new OR is_dear), 0) AS unforetold_charges,
       coalesce(sum(amount * (is_late OR is_new OR is_dear)), 0) AS unforetold_won,
       coalesce(sum(is_late), 0) AS late_charges, coalesce(sum(amount * is_late), 0) AS late_won,
       coalesce(sum(is_new), 0) AS new_charges, coalesce(sum(amount * is_new), 0) AS new_won,
       coalesce(sum(is_dear), 0) AS dear_charges, coalesce(sum(amount * is_dear), 0) AS dear_won
  FROM (SELECT c.amount, c.act_at < ?3 AS is_late,
               c.state = 'scheduled' AND c.n = s.first_cycle AND s.created_at > c.act_at - ?4 AS is_new,
               c.plan_key IN (SELECT p.key
                                FROM plan p
                                JOIN plan o ON o.id = p.id AND o.version = p.version - 1
                               WHERE p.amount > o.amount * ?5
                                 AND p.key NOT IN (SELECT plan_key FROM approved_price)) AS is_dear
          FROM cycle c
          JOIN subscription s ON s.key = c.subscription_key
         WHERE c.begun_at IS NULL AND c.wake_at > ?1 AND c.wake_at <= ?2
           AND c.amount > 0 AND c.cause IS NOT 'exhausted'
           AND s.status IN ('trialing', 'active', 'past_due') AND s.hold IS NULL
           AND (s.card_dead IS NULL OR c.ladder_at IS NOT NULL))
