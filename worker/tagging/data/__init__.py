"""Lists the tagger knows by, and the script that writes the generated ones."""
