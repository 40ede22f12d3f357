# Everything that a person types at this project; `make help` lists it.
RUN ?= replay_data/water.h5
OUT ?= out/$(basename $(notdir $(RUN)))
DATASET ?= onlinecei/molexa/stage2.h5
GEOMETRIES ?= 5
MINUTES ?= 40
SOAK_MINUTES ?= 10
STAGE ?= 1
HOURS ?= 8
START ?=
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n + 1 : 4)))
IMAGES ?= docs/images
BIN := .venv/bin
PICTURE = $(BIN)/onlinecei dashboard --size 1360x850
ETHANOL = O+/C+/C+/H+/H+/H+/H+/H+/H+

.PHONY: help setup replay test docs dist installed bench soak pictures physics dataset train evaluate ablations clean

help:  ## what can be made
	@sed -n 's/^\([a-z]*\):.*##/make \1\t/p' $(MAKEFILE_LIST)

setup: .venv/.installed  ## install all that is missing, into .venv

.venv/.installed: pyproject.toml deploy/install.sh
	bash deploy/install.sh .venv
	@touch $@

replay: setup  ## replay a recorded run (RUN=...), with the dashboard where there is a display
	$(BIN)/onlinecei replay $(RUN) --out $(OUT)
	$(BIN)/onlinecei dashboard $(OUT)/result.h5 --screenshot $(OUT)/dashboard.png

test: setup docs  ## lint, types, import contracts, documentation and tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

docs: setup  ## the documentation as a site, into out/site
	$(BIN)/typer onlinecei.cli utils docs --name onlinecei --title Commands --output docs/reference/commands.md
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs out/site

dist: setup  ## source archive and wheel, into dist
	rm -rf dist
	$(BIN)/python -m build --outdir dist

installed: dist  ## that wheel in an empty environment, with all it needs from the index, used away from here (minutes)
	bash deploy/try-wheel.sh dist/*.whl

bench: setup  ## speeds beside peers, in one run
	$(BIN)/onlinecei bench

soak: setup  ## a live line under load for SOAK_MINUTES, then at 80 % of that rate, alone and beside dashboards that hang
	$(BIN)/onlinecei bench --soak $(SOAK_MINUTES)

physics: setup  ## the explosion model beside measured values (a minute)
	$(BIN)/onlinecei bench --physics

dataset: setup  ## go on with the shipped Monte Carlo training set (GEOMETRIES=...), or make another (DATASET=...)
	$(BIN)/onlinecei dataset --stage 2 --out $(DATASET) --geometries $(GEOMETRIES) --trajectories 7000 --minimum 50 --seed 1

train: setup  ## train a network, or go on (STAGE=1|2|uncertainty, HOURS=..., START=weights of the stage before)
	$(BIN)/onlinecei train --stage $(STAGE) --hours $(HOURS) $(if $(START),--start $(START))

evaluate: setup  ## errors of the shipped networks on the shipped test sets, into docs/reference/accuracy.md
	$(BIN)/onlinecei evaluate --out docs/reference/accuracy.md

ablations: setup  ## train variants of the networks for MINUTES each on one core, and write what each comes to
	nice $(BIN)/python tables/train_ablations.py --minutes $(MINUTES)

pictures: setup  ## pictures of the dashboard for the documentation, of three recorded runs and a scan (some minutes)
	for run in water ethanol cyclobutene; do \
	  $(BIN)/onlinecei replay replay_data/$$run.h5 --headless --out out/$$run || exit 1; done
	for layout in shift calibration molecule; do \
	  $(PICTURE) out/water/result.h5 --layout $$layout --screenshot $(IMAGES)/dashboard-water-$$layout.png && \
	  $(PICTURE) out/ethanol/result.h5 --layout $$layout --channel $(ETHANOL) \
	    --screenshot $(IMAGES)/dashboard-ethanol-$$layout.png || exit 1; done
	for layout in shift molecule delays "calibration --front quality --front pulse_delays"; do \
	  $(PICTURE) out/cyclobutene/result.h5 --layout $$layout --theme light --channel C+/C+/C+ --delay 100 \
	    --screenshot $(IMAGES)/dashboard-cyclobutene-$${layout%% *}.png || exit 1; done
	$(BIN)/onlinecei simulate water --delays replay_data/water-path.xyz --setup replay_data/water-path.toml \
	  --delay-jitter 2 --unpumped 0.2 --pulses 80000 --seed 1 --out out/water-scan.h5
	$(BIN)/onlinecei replay out/water-scan.h5 --headless --out out/water-scan
	$(PICTURE) out/water-scan/result.h5 --layout delays --delay 30 --screenshot $(IMAGES)/dashboard-water-delays.png
	$(BIN)/python tables/few_colours.py $(IMAGES)/dashboard-*.png

clean:  ## take away what was made, the compiled stages too
	rm -rf .venv out build dist *.egg-info $${XDG_CACHE_HOME:-$$HOME/.cache}/onlinecei
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
