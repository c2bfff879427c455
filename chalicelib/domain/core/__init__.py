"""Basic types and functions: money, calendar, identities, validation errors. Imports errors only."""
