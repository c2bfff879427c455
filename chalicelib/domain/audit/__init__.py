"""The books held against their own facts: one record at a time, and what two records must say alike."""
