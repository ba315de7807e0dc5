"""Our tables: what is written and read, statement by statement."""
