"""What the rules give for what was kept: cashback, what quotas and budgets leave of it, and referral."""
