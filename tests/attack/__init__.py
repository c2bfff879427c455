"""Deliveries that were tampered with, held against what the senders' own libraries say of them."""
