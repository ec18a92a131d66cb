-- The newest entries about one subscription, with the plan that each is about. ?1 its key, ?2 how many.
SELECT j.seq, j.at, s.id AS subscription, j.n AS cycle, j.kind, j.actor, j.words, j.after,
       p.id AS plan, p.version AS plan_version
  FROM journal j
  LEFT JOIN subscription s ON s.key = j.subscription_key
  LEFT JOIN plan p ON p.key = CASE j.kind
       WHEN 'plan_will_change' THEN j.after ->> '$.subscription.next_plan_key'
       ELSE j.after ->> '$.subscription.plan_key'
       END
 WHERE j.subscription_key = ?1
 ORDER BY j.seq DESC
 LIMIT ?2 + 0
