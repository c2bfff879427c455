"""How long a deployed order takes, beside a plain handler and one that does nothing."""
