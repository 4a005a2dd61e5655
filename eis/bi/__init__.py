"""Dashboards as code: what they ask, as Superset's assets, and the server that shows them."""
