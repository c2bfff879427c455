"""Ristourne: cashback and referrals for online shops, with exact books."""
