"""What members have and do beside orders: profile, holds, redemptions, statements, persons, merges, erasure."""
