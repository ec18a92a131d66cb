-- What was tried after a decline, and how often it paid, by the plan that the cycle was charged by. Tries that came to nothing (not sent, unknown to
-- the gateway) are passed over: they took no rung. ?1 cycles with a decline since then.
WITH owed (subscription_key, n) AS (
    SELECT DISTINCT subscription_key, n FROM attempt WHERE class IS NOT NULL AND begun_at >= ?1
), told (plan_key, subscription_key, n, k, card, outcome, class, amount, begun_at, before_at) AS (
    SELECT c.plan_key, a.subscription_key, a.n, a.k, a.customer_uid, a.outcome, a.class, a.amount, a.begun_at,
           lag(a.begun_at) OVER cycle
      FROM owed
      JOIN attempt a ON a.subscription_key = owed.subscription_key AND a.n = owed.n
      JOIN cycle c ON c.subscription_key = owed.subscription_key AND c.n = owed.n
     WHERE a.outcome IN ('paid', 'declined')
    WINDOW cycle AS (PARTITION BY a.subscription_key, a.n ORDER BY a.k)
), asked (plan_key, subscription_key, n, k, card, outcome, class, amount, by_hand) AS (
    SELECT plan_key, subscription_key, n, k, card, outcome, class, amount,
           EXISTS (SELECT 1 FROM journal j
                    WHERE j.subscription_key = told.subscription_key AND j.n = told.n
                      AND j.kind = 'retry' AND j.at BETWEEN told.before_at AND told.begun_at)
      FROM told
), climbed (plan_key, card, outcome, amount, by_hand, before_card, class, rung) AS (
    SELECT plan_key, card, outcome, amount, by_hand, lag(card) OVER cycle,
           lag(class) OVER cycle,
           sum(outcome = 'declined' AND NOT by_hand)
               OVER (PARTITION BY subscription_key, n ORDER BY k
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
      FROM asked
    WINDOW cycle AS (PARTITION BY subscription_key, n ORDER BY k)
)
SELECT p.id AS plan, climbed.class AS class,
       CASE WHEN climbed.card <> climbed.before_card THEN 'new_card'
            WHEN climbed.by_hand THEN 'by_hand'
            ELSE CAST(climbed.rung AS TEXT) END AS rung,
       count(*) AS tries, sum(climbed.outcome = 'paid') AS paid,
       sum(iif(climbed.outcome = 'paid', climbed.amount, 0)) AS won
  FROM climbed
  JOIN plan p ON p.key = climbed.plan_key
 WHERE climbed.class IS NOT NULL
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
