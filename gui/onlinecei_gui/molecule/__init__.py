"""The molecule, as numbers and as balls and sticks."""
