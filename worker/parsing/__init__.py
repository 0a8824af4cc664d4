"""Feed documents are read in child processes that can be killed.

A document comes from a stranger. Whatever it does to its reader (minutes of work, all the memory
there is, a crash in a C library), it does in a child of its own: the loop that polls the other
feeds only waits for it, and not for long. ``pool`` is the parent's side, ``child`` the other.
"""
