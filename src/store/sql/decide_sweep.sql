-- What became of the batch that is held. ?1 the decision, ?2 now.
UPDATE sweep
   SET decision = ?1, decided_at = ?2
 WHERE decision IS NULL
