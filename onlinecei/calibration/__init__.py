"""A run to a calibrated setup: what the detector and the spectrometer are like, from the data alone."""
