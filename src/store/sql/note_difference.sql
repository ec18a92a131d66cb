-- What else differs of the same cycle is said after what did before. ?1 subscription, ?2 cycle, ?3 now, ?4 what we
-- have, ?5 what the gateway says.
INSERT INTO difference (subscription_key, n, found_at, ours, theirs)
VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (subscription_key, n) DO UPDATE
   SET found_at = excluded.found_at,
       theirs = CASE WHEN instr(theirs, excluded.theirs) THEN theirs
                     ELSE theirs || '; ' || excluded.theirs END
