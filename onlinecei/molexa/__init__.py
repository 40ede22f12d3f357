"""From the momenta of a channel to the geometry of the molecule, with networks trained on simulated explosions."""
