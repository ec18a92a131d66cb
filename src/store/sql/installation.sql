SELECT name, created_at FROM installation
