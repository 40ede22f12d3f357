"""Monte Carlo of an X-ray pulse on a molecule, with the motion of its nuclei."""
