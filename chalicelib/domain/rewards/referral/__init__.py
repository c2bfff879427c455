"""Friends and groups of them: who referred whom, which order counts, and what completes a bonus."""
