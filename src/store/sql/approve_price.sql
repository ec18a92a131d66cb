-- A person approved a version of a plan whose price rose far. ?1 the version, ?2 now.
INSERT INTO approved_price (plan_key, approved_at)
VALUES (?1, ?2)
    ON CONFLICT (plan_key) DO NOTHING
