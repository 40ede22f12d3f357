#!/usr/bin/env bash
# Installs a wheel with all that it needs into an empty environment, and uses it away from the checkout.
set -euo pipefail
wheel=$(realpath "$1")
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
bash "$(dirname "$0")/install.sh" "$home/venv" "$wheel[gui]"
cd "$home"
export PATH="$home/venv/bin:$PATH"
unset PYTHONPATH
set -x
onlinecei --version
onlinecei doctor
onlinecei replay water --headless --workers 2 --out result
onlinecei dashboard result/result.h5 --screenshot dashboard.png
python -c 'import onlinecei as oc; print(oc.__file__); print(oc.open_run("water"), oc.open_result("result/result.h5"))'
