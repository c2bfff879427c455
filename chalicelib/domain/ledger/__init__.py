"""Double entry: lots, what members hold of an asset, transfers, and the books of one decision."""
