-- What happened in a turn, in order. ?1 a JSON array of entries.
WITH batch AS MATERIALIZED (SELECT key, value FROM json_each(?1))
INSERT INTO journal (at, subscription_key, n, kind, actor, words, after)
SELECT value ->> 'at', value ->> 'subscription_key', value ->> 'n', value ->> 'kind',
       value ->> 'actor', value ->> 'words', value -> 'after'
  FROM batch
 ORDER BY key
