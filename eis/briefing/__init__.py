"""The monthly briefing: one page for command, and one a unit for whoever supervises it, from the current list.

`facts` reads, `page` puts it in words, `files` and `paper` write it. Belongs here: what a person reads of a list each
month. Does not: who may read it, which PostgreSQL decides; or any figure that schemas `scores` and `governance` lack.
"""
