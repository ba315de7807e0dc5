"""Measurements on a private MariaDB with durable settings. `make bench` runs them."""
