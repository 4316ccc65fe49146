"""How bounds look: tables, figures and the terminal."""
