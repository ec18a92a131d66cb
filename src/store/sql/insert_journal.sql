-- What happened in a turn, in order. ?1 a JSON array of entries.
INSERT INTO journal (at, subscription_key, n, kind, actor, words, after)
SELECT value ->> 'at', value ->> 'subscription_key', value ->> 'n', value ->> 'kind',
       value ->> 'actor', value ->> 'words', value -> 'after'
  FROM json_each(?1)
 ORDER BY key
