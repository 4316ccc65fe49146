"""What people read: the report page, tables, and the main check."""
