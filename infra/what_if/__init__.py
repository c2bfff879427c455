"""The command what-if: orders of a CSV file, of an export or of a table, and the answer as text, as JSON and drawn."""
