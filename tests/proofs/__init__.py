"""Long proofs: run by `make proof`, their results written down in docs/proofs.md."""
