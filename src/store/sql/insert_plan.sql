INSERT INTO plan (id, version, name, amount, cadence_count, cadence_unit, time_zone, fixed_day, cron, price_list,
                  particulars, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
RETURNING key
