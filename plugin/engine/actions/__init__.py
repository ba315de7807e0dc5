"""One action per file. The registry finds it; nothing else needs to be touched."""
