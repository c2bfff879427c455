"""The figures: reports of days, what is owed, lists of members and segments, leaderboards, campaigns."""
