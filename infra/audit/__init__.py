"""The audit of the whole table: reading it fast, checking what stands alone, joining what must agree, saying it."""
