"""What another programme would have given for orders that were bought: a log, a replay of it, and what came of it."""
