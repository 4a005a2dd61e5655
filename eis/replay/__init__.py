"""A year of monthly operation on a demo department, replayed month by month: `make replay`.

`story` says what happens in which month, `deliveries` makes the raw files as they stood, `play` does each month what an
operator does, `record` keeps what came of it. Nothing here is used by a department of flesh and blood.
"""
