-- A process takes the database over. ?1 epoch, ?2 generation, ?3 machine, ?4 file, ?5 suspicion, ?6 since
-- when, ?7 how far the gateway was asked.
INSERT INTO fence (key, epoch, generation, machine, file, suspicion, suspected_at, asked_to)
VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (key) DO UPDATE
   SET epoch = excluded.epoch, generation = excluded.generation, machine = excluded.machine,
       file = excluded.file, suspicion = excluded.suspicion, suspected_at = excluded.suspected_at,
       asked_to = excluded.asked_to
