-- Every version of every plan, oldest first.
SELECT key, id, version, name, amount, cadence_count, cadence_unit, time_zone, fixed_day, cron, price_list,
       particulars
  FROM plan
 ORDER BY id, version
