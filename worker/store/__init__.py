"""The only SQL of Tocsin: the tables and one module a noun.

Functions take an open :class:`sqlalchemy.Connection` whose transaction belongs to the caller,
write whole sets at once, and give back frozen values of :mod:`worker.model`.
"""
