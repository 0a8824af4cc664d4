"""The demonstration: a recorded newsroom on loopback, receivers for its alerts, and the truth.

``newsroom`` serves feeds and pages and publishes while it runs; ``sinks`` receive mail and
webhooks and check them with independent libraries; ``script`` says what must ring; ``screen``
shows what happens. ``archive`` stores the days before the play, ``wire`` makes a storm.
"""
