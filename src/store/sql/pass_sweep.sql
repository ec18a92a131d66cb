-- A batch that nobody foretold passes. ?1 until, ?2 charges, ?3 won, ?4 now.
INSERT INTO sweep (until, scope, charges, won, decision, decided_at)
VALUES (?1, 'unforetold', ?2, ?3, 'passed', ?4)
