"""Our own tables, by SQLAlchemy Core. No ORM: every verb acts on a batch in one statement.

Adapters never commit: whoever opened the transaction (the tick, the intake, a use case) does.
"""
