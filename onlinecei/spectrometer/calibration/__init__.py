"""What the spectrometer is like, from the flight times, places and momentum sums of a run."""
