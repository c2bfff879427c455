"""The pages of the programme: its versions, drafts of the next one, and what these would have given."""
