"""A member over several orders: counters, levels, and the awards of stamp cards, goals and levels."""
