"""Methods whose workers send short messages: sketches, factors, quantised gradients."""
