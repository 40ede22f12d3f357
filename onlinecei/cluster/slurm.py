"""Workers as jobs of Slurm."""

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from onlinecei.errors import ClusterError

if TYPE_CHECKING:
    from distributed import Security


def slurm_cluster(workers: int, keys: "Security") -> Any:  # noqa: ANN401 - of a package without types
    """Ask Slurm for workers, by the settings that Dask finds for ``jobqueue.slurm``.

    The keys, which the jobs read, lie at home unless the settings say where.

    Raises
    ------
    ClusterError
        There is no Slurm, or it does not take such jobs.
    """
    if shutil.which("sbatch") is None:
        raise ClusterError("--scheduler slurm: there is no Slurm here, its command sbatch is not found")
    from dask import config  # noqa: PLC0415
    from dask_jobqueue.slurm import SLURMCluster  # noqa: PLC0415 - only where there is Slurm

    own = config.get("jobqueue.slurm")
    options = {"dashboard": False, "dashboard_address": ":0"} | dict(own.get("scheduler-options") or {})
    try:
        cluster = SLURMCluster(
            security=keys, shared_temp_directory=own.get("shared-temp-directory") or "~", scheduler_options=options
        )
    except (ValueError, TypeError, OSError) as error:
        raise ClusterError(_settings_are_wrong(str(error))) from error
    if why_not := _refused(cluster.job_script()):
        cluster.close()
        raise ClusterError(_settings_are_wrong(why_not))
    cluster.scale(workers)
    return cluster


def _settings_are_wrong(why: str) -> str:
    return f"Slurm jobs cannot be started, see jobqueue.slurm in Dask's settings: {' '.join(why.split())}"


def _refused(script: str) -> str:
    """Say why Slurm does not take a job: once it is really asked, that is only logged, and no worker ever comes."""
    words = ["sbatch", "--test-only"]
    tried = subprocess.run(words, input=script, capture_output=True, text=True, check=False)  # noqa: S603
    return tried.stderr if tried.returncode else ""
