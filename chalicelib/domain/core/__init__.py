"""What every other part counts with: money, days, identities, refused values. Imports errors only."""
