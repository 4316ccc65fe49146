"""The instances on which lower bounds are attained."""
