"""The best step size and number of local steps, inversion, evaluation over meshes."""
