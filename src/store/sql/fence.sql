SELECT epoch, generation, machine, file, suspicion, suspected_at, asked_to,
       (SELECT count(*) FROM difference) AS differences
  FROM fence
