# Kotivahti. `make help` lists what there is.
#
# Everything happens in .venv, made from the locks in requirements/; nothing is installed
# outside it, except Debian packages when root asks for them.

VENV   := .venv
PYTHON_IN_VENV := $(VENV)/bin/python
STAMP  := $(VENV)/.up-to-date

# The Debian packages that the suite needs: a real broker, a message bus for a BlueZ of its own,
# the judge of the unit files, the compiler of the appliance link's example sender, what sets the
# certificate's type, and what reads it back.
DEBIAN := mosquitto dbus-daemon systemd g++ libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-inter poppler-utils

# What the proofs break: a disk with a volatile cache, system calls, processes, networks.
DEBIAN_PROOFS := mosquitto strace nbdkit nbdkit-plugin-python libnbd-bin fuse3 e2fsprogs iproute2

# The second engine for a region (config/broker/rabbitmq); it takes ten seconds to start.
DEBIAN_SLOW := $(DEBIAN) rabbitmq-server $(DEBIAN_PROOFS)

# The guest with a real kernel: how it is built, run, and cut off.
DEBIAN_VM := mmdebstrap cpio e2fsprogs qemu-system-x86 qemu-utils
DEBIAN_CUTS := $(DEBIAN_VM) nbdkit nbdkit-plugin-python
PYTEST_VM := $(PYTHON_IN_VENV) -m pytest -v --capture=no -p no:randomly

# Many tests wait for a process or a radio: two cores are half idle with two workers. A fourth would
# crowd the brokers and radios that each starts for itself.
WORKERS ?= 3

# A process that may not keep its bytecode compiles every module anew: half of the half second that
# the gateway takes to start, and the suite starts hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

# PYTHON=/path/to/python3.12 chooses the interpreter; scripts read it from the environment.
ifdef PYTHON
export PYTHON
endif

.DEFAULT_GOAL := setup
.NOTPARALLEL:
.PHONY: setup run test lint format bench proofs attention models model-eval routine-eval sign-models fuzz test-slow test-card vm vm-image test-vm test-vm-cuts lock test-all-pythons clean help

setup: $(STAMP)  ## make .venv with the locked packages and .venv/bin/kotivahti (the default)

$(STAMP): requirements/dev.txt requirements/peers.txt pyproject.toml scripts/make-venv
	@scripts/make-venv $(VENV)
	@touch $@
	@echo "Ready: $(VENV)/bin/kotivahti --help"

run: $(STAMP)  ## a broker, a virtual home, the gateway and a desk in this terminal
	@scripts/need-debian --advise mosquitto
	@$(VENV)/bin/kotivahti demo

test:  ## lint and the whole suite; what continuous integration runs
	@scripts/need-debian $(DEBIAN)
	@$(MAKE) --no-print-directory lint
	$(PYTHON_IN_VENV) -m pytest --numprocesses $(WORKERS)

lint: $(STAMP)  ## format, style, types and the directions of imports, without changing a file
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	cd models && MYPYPATH=.. ../$(VENV)/bin/mypy --config-file ../pyproject.toml --cache-dir ../.mypy_cache .
	@$(VENV)/bin/lint-imports

format: $(STAMP)  ## let ruff format and mend what it can
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: $(STAMP)  ## measure, beside the machine's own limits
	@scripts/need-debian mosquitto
	@$(PYTHON_IN_VENV) -m benchmarks

proofs: $(STAMP)  ## as root: break it in every way it promises to bear; writes docs/reliability.md
	@scripts/need-debian $(if $(filter-out 0,$(shell id -u)),--advise) $(DEBIAN_PROOFS)
	@nice -n 10 $(PYTHON_IN_VENV) -m proofs --page docs/reliability.md $(ARGS)

attention: $(STAMP)  ## what is asked of people beside what is caught; DATA=DIR also recorded homes (TIHM format)
	@nice -n 10 $(PYTHON_IN_VENV) -m proofs.attention $(if $(DATA),--data "$(DATA)") $(ARGS)

models: $(STAMP)  ## build models/ anew; DATA=DIR also what is trained on it (a directory in the TIHM format)
	$(PYTHON_IN_VENV) models/build_home_risk.py
ifdef DATA
	$(PYTHON_IN_VENV) models/build_daily_change.py --data "$(DATA)"
endif

sign-models: $(STAMP)  ## sign the models in force with the release's key (KEY=FILE)
	$(PYTHON_IN_VENV) models/sign.py --key "$(KEY)"

# What setting up says goes to stderr: the one object is all there is on stdout.
model-eval:  ## score the shipped daily-change on DATA=DIR (TIHM format), one JSON object
	@$(MAKE) --no-print-directory $(STAMP) >&2
	@$(PYTHON_IN_VENV) models/evaluate.py --data "$(DATA)"

routine-eval:  ## score usual days, their budget and limits of pulse on DATA=DIR (TIHM format)
	@$(MAKE) --no-print-directory $(STAMP) >&2
	@$(PYTHON_IN_VENV) models/evaluate_routine.py --data "$(DATA)"

fuzz: $(STAMP)  ## atheris at every decoder, an hour or two (ARGS="--runs 100000 bthome")
	@scripts/make-fuzz-venv .venv-fuzz
	.venv-fuzz/bin/python -m fuzz $(ARGS)

test-slow: $(STAMP)  ## what takes minutes: rooms walked, a card that fails, certificates changed, RabbitMQ
	@scripts/need-debian $(DEBIAN_SLOW)
	$(PYTHON_IN_VENV) -m pytest -m slow

test-card: $(STAMP)  ## as root: what is left on a card after erasing, in the raw image of a file system
	$(PYTHON_IN_VENV) -m pytest -m card tests/store

vm: $(STAMP)  ## a virtual home in a real Debian, with this terminal as its console (ARGS=--bare)
	@scripts/need-debian $(DEBIAN_VM)
	@scripts/vm/build
	@$(PYTHON_IN_VENV) -m tests.vm.by_hand $(ARGS)

vm-image: $(STAMP)  ## a disk that boots the demonstration, for a trainer (ARGS="--trainer FILE")
	@scripts/vm/build $(or $(ARGS),--trainer .vm/kotivahti-trainer.img)

test-vm: $(STAMP)  ## the gateway installed in such a Debian: radio, cables, faults, sandbox, clock
	@scripts/need-debian $(DEBIAN_VM)
	@scripts/vm/build
	$(PYTEST_VM) -m vm tests/vm

test-vm-cuts: $(STAMP)  ## twenty power failures of such a Debian (CUTS=3 for a short look)
	@scripts/need-debian $(DEBIAN_CUTS)
	@scripts/vm/build
	$(PYTEST_VM) -m cuts tests/vm

test-all-pythons:  ## the suite on each of Python 3.11, 3.12 and 3.13 that is here
	@scripts/need-debian $(DEBIAN)
	@scripts/test-all-pythons

lock: $(STAMP)  ## write the locks anew from pyproject.toml (UPGRADE=1: newest versions)
	@VENV=$(VENV) scripts/lock $(if $(UPGRADE),--upgrade)

clean:  ## remove the environments, caches and build results; databases stay
	rm -rf $(VENV) .venv-3.* .venv-fuzz .vm dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	    .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' Makefile
