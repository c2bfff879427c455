"""Proofs that run: a simulated shop with faults, every crash point, redelivery. They report into docs/proof.md."""
