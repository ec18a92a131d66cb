DELETE FROM difference
