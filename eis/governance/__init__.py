"""Who may do what with the scores, and what became of it: policy, approval, audit log, publication, access."""
