"""What the daily round counts of the records that it reads: reports of days, what is owed, lists of members."""
