"""The one family of errors that a user reads: a sentence that names the thing, its value and what is right."""


class CEIError(Exception):
    """Something outside the program is wrong: a file, a setup, a message, an option."""


class SetupError(CEIError):
    """The setup file is not usable; the sentence names the key and its value."""


class RunFileError(CEIError):
    """A run file is missing, foreign, newer than this program or damaged beyond reading."""


class ResultError(CEIError):
    """A result or table of centroids cannot be used."""


class MoleculeError(CEIError):
    """A molecule, ion or channel name that cannot be understood."""


class WireError(CEIError):
    """A message that does not follow the protocol; it is counted and survived."""


class LineError(CEIError):
    """A process of the line failed to start, answer or finish."""


class ClusterError(CEIError):
    """A scheduler or worker of a Dask cluster that is missing, went away, or is another program than this one."""


class AddressError(CEIError):
    """An address that no socket can use, or one that needs keys which are missing or wrong."""
