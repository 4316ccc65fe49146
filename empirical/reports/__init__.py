"""Reports for people: pages with tables and figures, and the verification of the whole package."""
