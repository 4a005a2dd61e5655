"""Adding a department: what its raw tables look like, a first draft of its files, and what is still missing."""
