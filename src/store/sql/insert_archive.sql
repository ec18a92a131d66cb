-- A file of old entries. ?1 its newest entry, ?2 its oldest, ?3 its name, ?4 its print, ?5 now.
INSERT INTO archive (last_seq, first_seq, file, print, archived_at) VALUES (?1, ?2, ?3, ?4, ?5)
