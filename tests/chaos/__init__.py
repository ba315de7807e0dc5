"""Real processes on real servers, killed at chosen moments."""
