"""Which keys are hot in a sale: its clock, table, stream and rush, played against what is deployed."""
