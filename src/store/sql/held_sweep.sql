-- The batch that is held, if one is.
SELECT until, scope, rise, charges, won, hash, why
  FROM sweep
 WHERE decision IS NULL
