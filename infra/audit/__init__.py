"""The audit of a whole table: reads it in parallel, checks each record, joins records that must agree, reports."""
