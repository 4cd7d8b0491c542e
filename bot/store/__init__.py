"""The store: one schema and the same functions on SQLite (one machine) and PostgreSQL (several).

A store function is plain and synchronous over one connection (`def claim(conn, …) -> Job | None`) and does nothing but
SQL: `Database` may run it a second time when a transaction it shared was rolled back.
"""
