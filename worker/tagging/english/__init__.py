"""English names: what the model finds, checked against the words round it."""
