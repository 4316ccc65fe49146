"""Problems on real data, how it is read and dealt to the workers."""
