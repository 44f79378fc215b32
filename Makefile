# make test VENV=.venv-other PYTHON=python3.12 PINS="jax==0.10.2 jaxlib==0.10.2"
VENV ?= .venv
# Empty: scripts/find_python chooses.
PYTHON ?=
# Further requirements for pip, such as exact versions.
PINS ?=
WORKERS ?= 2
PYTEST_ARGS ?=
# make bench BENCH_ARGS='--lanes 100000 Gamma': given, the page goes to out/ instead of docs/
BENCH_ARGS ?= --page docs/benchmarks.md
# A requirement for pip.
TORCH ?= torch

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What XLA compiled is kept between runs: tests that ran before take half the time.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/expectax-tests
PYTEST := JAX_COMPILATION_CACHE_DIR='$(CACHE)' JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0.2 \
    JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 $(BIN)/python -m pytest -q -n $(WORKERS)

.DELETE_ON_ERROR:
.PHONY: demo test test-contract test-slow accuracy speed bench choices overhead lint api catalogue versions

demo: $(STAMP)
	mkdir -p out
	$(BIN)/expectax explain examples/zero_gradient.py:loss --out out || [ $$? -eq 1 ] # 1: it found something serious
	$(BIN)/python examples/digits_vae.py --out out

test: $(STAMP)
	$(PYTEST) -m "not slow and not timing" $(PYTEST_ARGS)

test-contract: $(STAMP)
	$(PYTEST) -m "contract" $(PYTEST_ARGS)

test-slow: $(STAMP)
	$(PYTEST) -m "(slow or numbers) and not contract" $(PYTEST_ARGS)

# errors against 50-digit values, beside the peers'
accuracy: $(STAMP)
	$(BIN)/python scripts/print_accuracy.py

# special functions: run times beside those of JAX
speed: $(STAMP)
	$(BIN)/python benchmarks/special_functions.py

# samplers, densities and programs beside other libraries', which get an environment of their own
bench:
	$(MAKE) --no-print-directory VENV=.venv-bench PINS='tfp-nightly numpyro distrax' .venv-bench/.installed
	.venv-bench/bin/python -c 'import torch' 2>/dev/null \
	    || .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check '$(TORCH)' \
	    || echo 'bench: PyTorch could not be installed; the rest runs without it'
	.venv-bench/bin/python benchmarks/bench.py $(BENCH_ARGS)

# what "auto" chooses, beside the best estimator of each program of the gradient bench
choices: $(STAMP)
	$(BIN)/python benchmarks/choices.py --page docs/choices.md

# run-time ratios: on a machine that does nothing else
overhead: $(STAMP)
	$(BIN)/python -m pytest -q -m timing

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --pythonpath $(BIN)/python

# docs/catalogue.md, its pictures and docs/migration.md from the sources
catalogue: $(STAMP)
	$(BIN)/python scripts/write_catalogue.py
	$(BIN)/python scripts/write_migration.py

# docs/api.md from the docstrings
api: $(STAMP)
	$(BIN)/python scripts/write_api.py

versions: $(STAMP)
	@$(BIN)/python -c "import sys, jax, jaxlib; print('Python', *sys.version_info[:3], 'JAX', jax.__version__, jaxlib.__version__)"

$(BIN)/python:
	python=$$(PYTHON='$(PYTHON)' scripts/find_python) && "$$python" -m venv '$(VENV)'

# Installs once; again when the requirements change.
$(STAMP): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' $(PINS)
	touch $@
