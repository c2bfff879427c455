"""The document in which a shop states its rules: its fields, its lifetimes, and publishing a version."""
