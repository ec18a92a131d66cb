-- A batch is held. ?1 until, ?2 scope, ?3 charges, ?4 won, ?5 rise, ?6 hash, ?7
-- why.
INSERT INTO sweep (until, scope, charges, won, rise, hash, why)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
