"""Tests of the host adapter, on SQLite and on MariaDB."""
