"""Who may see the console: passkeys, sessions, and what a signed-in person asks for."""
