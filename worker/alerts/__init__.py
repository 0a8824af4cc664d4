"""What is announced, when it is tried again, and how it reads (pure)."""
