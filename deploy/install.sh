#!/usr/bin/env bash
# Installs the program into a virtual environment: system libraries of Qt on Debian where they are missing, torch for the
# processor where there is no NVIDIA GPU (the default build would bring gigabytes of CUDA), the package and what it needs.
#   deploy/install.sh                                   .venv, from this checkout, with all that its tests need
#   deploy/install.sh ~/onlinecei '.[gui,facility]'     another place, only these extras; a wheel can be named as well
set -euo pipefail
venv=${1:-.venv}
what=${2:-}
torch=2.13.0    # the release that the tests run with

python=$(command -v python3 || true)
if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "install: Python 3.11 or newer is needed, found: $("$python" --version 2>&1 || echo none)" >&2
    exit 1
fi

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing=()
need() { ldconfig -p | grep -q "$1" || missing+=("$2"); }
need libEGL.so.1 libegl1
need libGL.so.1 libgl1
need libxkbcommon.so.0 libxkbcommon0
need libxkbcommon-x11.so.0 libxkbcommon-x11-0
need libdbus-1.so.3 libdbus-1-3
need libfontconfig.so.1 libfontconfig1
need libxcb-cursor.so.0 libxcb-cursor0
need libxcb-icccm.so.4 libxcb-icccm4
need libxcb-keysyms.so.1 libxcb-keysyms1
need libxcb-shape.so.0 libxcb-shape0
need libxcb-image.so.0 libxcb-image0
need libxcb-render-util.so.0 libxcb-render-util0
need libxcb-xinerama.so.0 libxcb-xinerama0
# Small, and only for the tests of the dashboard, which draw on a screen in memory:
if command -v apt-get >/dev/null; then
    command -v xvfb-run >/dev/null || missing+=(xvfb xauth)
    ls /usr/lib/*/dri/swrast_dri.so >/dev/null 2>&1 || ls /usr/lib/*/libgallium*.so >/dev/null 2>&1 || missing+=(libgl1-mesa-dri)
fi
command -v fc-list >/dev/null && [ -n "$(fc-list 2>/dev/null | head -n 1)" ] || missing+=(fontconfig fonts-dejavu-core)
"$python" -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "install: these Debian packages, or what your system calls them, are needed: ${missing[*]}" >&2
        exit 1
    fi
    echo "install: system libraries ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
pip=("$venv/bin/python" -m pip --disable-pip-version-check --quiet)
"${pip[@]}" install "pip>=24" "uv>=0.5"

if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    if command -v nvidia-smi >/dev/null && nvidia-smi >/dev/null 2>&1; then
        echo "install: torch with CUDA"
        "${pip[@]}" install "torch>=2.6"
    else
        echo "install: torch for the processor (no NVIDIA GPU here)"
        # First where pip already looks (a folder of wheels or a mirror), then the builds that uv knows how to find.
        "${pip[@]}" install "torch==$torch+cpu" 2>/dev/null \
            || "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --torch-backend cpu "torch>=2.6"
    fi
fi

echo "install: onlinecei and what it needs"
if [ -n "$what" ]; then
    "${pip[@]}" install "$what"
else
    PYTHONWARNINGS=ignore "${pip[@]}" install --editable ".[dev]"
fi
