"""What the rules give for what was kept: cashback, what limits leave of it, and referral."""
