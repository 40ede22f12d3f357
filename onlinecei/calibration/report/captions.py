"""What a person looks for in each figure."""

SPECTRUM = (
    "Each line stands where the calibrated spectrometer expects an ion at rest: it must run through the middle of a "
    "peak. Dotted: molecules that did not explode. A high peak without a name is an ion that the molecule does not "
    "give."
)
RESIDUALS = (
    "Points of a good calibration scatter about zero by their errors. A point far off is a peak with a wrong name; a "
    "bend is a wrong length or a field that is not homogeneous."
)
IMAGES = (
    "Hits in the flight-time window of each ion, on a logarithmic scale, and how many there are. The cross is the "
    "middle of the spot by the calibration, the jet included; dotted: the radius of the setup. A spot that is cut, or"
    " a dark sector, biases the momenta."
)
LANDING = (
    "The middle of each spot moves with the jet while the ion flies. The line meets the axis at the centre; its slope"
    " is the velocity of the jet."
)
SUMS = (
    "The momenta of all ions of a molecule add up to nearly nothing, whatever the explosion was like. Where the peak "
    "stands at zero and is narrow, the calibration is right."
)
ONE_SUM = (
    "{events:,} combinations inside the gate of {gate:.3g} a.u. (dashed), about {false:.0%} of them false. In a.u."
)
SUM_MAPS = "The same in the plane of the detector, on a logarithmic scale."
DRIFT = (
    "A straight line through the run changes t0 by {t0:+.3g} ± {t0_error:.2g} ns and the field by {field:+.2g} ± "
    "{field_error:.2g} %. Points that leave the line by many errors mean that one setup cannot serve the whole run."
)
TIME_SUMS = (
    "Every pair of signals that the size of the detector allows. A sharp peak on a low ground is a sound layer; the "
    "ground comes from pairs of different hits."
)
TIME_SUM_MAPS = (
    "Time sums against the place across the wires, on a logarithmic scale. The dashed line is the fit: the band must "
    "follow it."
)
AGREEMENT = (
    "Two layers tell the place and the third confirms it: u = v + w. A peak at zero means that scales and offset are "
    "right."
)
IMAGE = "{hits:,} hits with complete layers, on a logarithmic scale, and {circle}."
RATES = "The ends of all wires fire about as often as each other. A weak one has a high threshold or a broken channel."
LINE_DRIFT = "Steps or slopes are a channel whose electronics changed on the way."
