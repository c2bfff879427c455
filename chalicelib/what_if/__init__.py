"""What a programme would have given for orders that were bought: pure functions, for a command and for the console."""
