"""What worker processes rely on: Redis, for promptness only."""
