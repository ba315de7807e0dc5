"""The product as a person meets it: the demo, driven by a browser."""
