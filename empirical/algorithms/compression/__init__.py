"""Methods whose workers send short messages: sketches, low-rank factors, quantised gradients."""
