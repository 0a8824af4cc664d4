"""Articles: pages and entries to readable text, and the language it is in. Pure."""
