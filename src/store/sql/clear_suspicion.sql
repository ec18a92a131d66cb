UPDATE fence SET suspicion = NULL, suspected_at = NULL, asked_to = 0 WHERE suspicion IS NOT NULL
