"""Methods around another method: outer steps, schedules, compression."""
