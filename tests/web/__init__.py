"""The pages and the hook, seen from outside: requests in, answers out."""
