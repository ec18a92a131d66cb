-- Entries that are in a file by now. ?1 the newest of them.
DELETE FROM journal WHERE seq <= ?1
