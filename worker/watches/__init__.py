"""What people want to know: the query language and the matcher over all watches at once (pure)."""
