-- What the front page must not be late with; none of it takes longer in a larger fleet. JSON, so that one
-- answer has it all, of one instant.
SELECT (SELECT count(*) FROM cycle
         WHERE begun_at IS NOT NULL AND state = 'in_doubt') AS in_doubt,
       (SELECT min(begun_at) FROM cycle
         WHERE begun_at IS NOT NULL AND state = 'in_doubt') AS oldest_doubt_at,
       (SELECT min(wake_at) FROM cycle WHERE begun_at IS NULL AND wake_at IS NOT NULL) AS next_wake_at,
       (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'journal') AS last_seq,
       (SELECT json_group_array(json_object('name', name, 'count', count))
          FROM (SELECT hold AS name, count(*) AS count FROM subscription WHERE hold IS NOT NULL
                 GROUP BY hold ORDER BY hold)) AS by_hold,
       (SELECT json_group_array(json_object('name', name, 'started_at', started_at,
                                            'ended_at', ended_at, 'result', result))
          FROM (SELECT name, started_at, ended_at, result FROM job ORDER BY name)) AS jobs
