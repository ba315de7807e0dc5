"""The rules of docs/semantics.md are guarded: their tests exist and can fail."""
