"""The outbox: one long-lived process that sends what is owed and writes down what became of it.

Postgres is the truth; wake-up calls only say that looking there is worth it. Each channel has a
lane of its own (``lane``), for which the engine (``engine``) claims only as much as it can soon
send; results are written in batches (``recorder``).
"""
