"""What the scheduler announces: events of feeds, spikes, digests and heartbeats that are due.

Each function takes what is owed, decides and plans in one transaction, and gives the ids of the new
deliveries. Whatever dies meanwhile, and however many schedulers there are, each is announced once.
"""
