#!/usr/bin/env bash
# A whole Slurm on this machine alone, from Debian packages, without systemd; `onlinecei reprocess --scheduler slurm` on it;
# and whether its results have the bits of one process. Needs root, for a machine or container that may be thrown away.
#   bash deploy/slurm/one_node.sh [PYTHON]        PYTHON: with onlinecei[dask], .venv/bin/python
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(realpath -s "${1:-.venv/bin/python}")
[ "$(id -u)" = 0 ] || { echo "one_node: needs root" >&2; exit 1; }
if ! command -v slurmctld slurmd sbatch munged >/dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends slurmctld slurmd slurm-client munge
fi

home=$(mktemp -d)       # everything is in here: a Slurm that this machine may have is not touched
node=$(hostname -s) cores=$(nproc --all)
export SLURM_CONF=$home/slurm.conf DASK_CONFIG=$home/dask
mkdir "$home/state" "$home/spool" "$DASK_CONFIG"
chmod 755 "$home"
stop() {
    scancel --user root 2>/dev/null || true
    for name in slurmd slurmctld munged; do [ ! -e "$home/$name.pid" ] || kill "$(cat "$home/$name.pid")" 2>/dev/null || true; done
    [ "${kept:-}" ] && echo "logs: $home" >&2 || rm -rf "$home"
}
kept=yes                # until all is well
trap stop EXIT

cat > "$SLURM_CONF" <<CONF
ClusterName=onenode
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$home/munge.socket
CredType=cred/munge
StateSaveLocation=$home/state
SlurmdSpoolDir=$home/spool
SlurmctldPidFile=$home/slurmctld.pid
SlurmdPidFile=$home/slurmd.pid
SlurmctldLogFile=$home/slurmctld.log
SlurmdLogFile=$home/slurmd.log
SlurmctldPort=26817
SlurmdPort=26818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=$cores RealMemory=$(free -m | awk '/^Mem/ {print $2}')
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
case $(slurmd -V) in    # older ones do without control groups by themselves
    *\ 2[0-2].* | *\ 23.02.*) ;;
    *) echo "CgroupPlugin=disabled" > "$home/cgroup.conf" ;;
esac
cat > "$DASK_CONFIG/jobqueue.yaml" <<CONF
jobqueue:
  slurm:
    cores: 1
    processes: 1
    memory: 2GB
    walltime: "00:10:00"
    interface: lo
    local-directory: $home/spool
    log-directory: $home/jobs
    shared-temp-directory: $home
CONF

dd if=/dev/urandom of="$home/munge.key" bs=1024 count=1 status=none
chmod 400 "$home/munge.key"
munged --force --key-file "$home/munge.key" --socket "$home/munge.socket" --pid-file "$home/munged.pid" \
    --log-file "$home/munged.log" --seed-file "$home/munged.seed"
slurmctld
slurmd -N "$node"
for _ in $(seq 60); do sinfo --noheader --format %t 2>/dev/null | grep -qx idle && break; sleep 1; done
sinfo

for number in 0 1 2; do
    "$python" -m onlinecei.cli simulate water --out "$home/run$number.h5" --pulses 20000 --seed "$number"
done
"$python" -m onlinecei.cli reprocess "$home"/run?.h5 --scheduler slurm --workers "$cores" --piece 10 --out "$home/out"
"$python" - "$home" <<'CHECK'
import sys
from pathlib import Path

import onlinecei as oc

home = Path(sys.argv[1])
for number in range(3):
    one = oc.open_run(home / f"run{number}.h5").analyse().save(home / "one.h5").read_bytes()
    if one != (home / "out" / f"run{number}" / "result.h5").read_bytes():
        sys.exit(f"run{number}: other bits than those of one process")
print("three runs on Slurm: the same bits as one process")
CHECK
kept=
