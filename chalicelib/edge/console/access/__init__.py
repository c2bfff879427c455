"""Who may see the console: people and their invitations, signing in, passkeys, sessions, and what a visitor asks for."""
