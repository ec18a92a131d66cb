-- The batch that is held became another. ?1 charges, ?2 won, ?3 hash.
UPDATE sweep
   SET charges = ?1, won = ?2, hash = ?3
 WHERE decision IS NULL
