"""Who may see the console: people and their invitations, signing in, passkeys, sessions; what a visitor asks."""
