"""The panels: one file for each, on a base with the manners that all of them share."""
