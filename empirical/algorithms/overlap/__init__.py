"""Methods that hide communication behind local steps, or pull workers softly to an anchor."""
