"""Figures of the paper (MOLEXA, Nat. Commun. 2026), on its own test sets: other molecules, another simulation."""

SPLITS = {
    "test": (0.52, 0.98, 2.11, 13.97, 38.39),
    "test-8-9": (0.66, 1.16, 3.43, 14.12, 57.91),
}
"""MAE, mean and maximum DE (a.u.), mean and maximum AE (degrees), simulated: molecules below 8 atoms, and of 8 or 9."""
MEASURED = {
    "H2O": ("water", (0.296, 0.674, 1.199, 18.459, 27.689)),
    "CF4": ("tetrafluoromethane", (0.238, 0.66, 1.117, 5.943, 17.173)),
    "CH3CH2OH": ("ethanol", (0.429, 1.024, 2.007, 9.011, 32.319)),
}
"""The same of measured molecules, by their names here."""
BONDS = {"MOLEXA": 0.155, "1/KER": 1.27, "0.797/KER": 0.49}
"""Mean error of the bond lengths of diatomic molecules (a.u.)."""
FACTOR = 0.797
"""Of c/KER, which the paper fitted on its test set."""
