"""What one would build instead of Ristourne for the same shop: measured beside it, on the same orders and database.

Both alternatives are what a good engineer writes in a hurry: they verify signatures, process a webhook once, and count
exactly in decimals. What they leave out stands at the top of each. They are measured and never shipped.
"""
