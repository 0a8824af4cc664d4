"""What workers do: fetch pages, tag items, deliver alerts; one module a queue.

Each job is handed ids and claims their rows first, so a job that runs twice does its work once.
Decisions are made by the pure modules; these carry values between them and the world. No
transaction is open while the network is waited for.
"""
