"""A deterministic simulation of shops' lives on a table that fails: the real engine, deciders and stream handler.

Everything derives from one seed: the same seed gives the same books, and a failure is replayed by its seed.
"""
