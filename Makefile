# Every verb does all the set-up it needs: Python >= 3.10, make and a C++20 compiler are enough.
# CMAKE_ARGS=-DMAXMARGIN_WERROR=ON turns warnings into errors; PYTEST_ARGS and BENCH_ARGS are passed on.
PYTHON ?= python3
VENV   ?= .venv
FRAMEWORKS ?= .venv-frameworks
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -q -n 2 $(PYTEST_ARGS)
SOURCES := CMakeLists.txt pyproject.toml $(shell find cpp bindings src -name '*.[ch]pp' -o -name '*.py' -o -name '*.pyi')

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-frameworks test-native lint format bench bench-kernel bench-losses docs asan tsan clean

help:  ## list the verbs
	@awk -F ':.*## ' '/^[a-z -]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed  ## train, certify and inspect a model of real data
	@$(BIN)/maxmargin demo

test: $(VENV)/.tests  ## the tests
	@$(PYTEST)

test-all: $(VENV)/.peers  ## the tests, the slow ones and those against other libraries too
	@$(PYTEST) -m ""

test-frameworks: $(FRAMEWORKS)/.installed  ## the losses with PyTorch and JAX, in an environment of their own
	@$(FRAMEWORKS)/bin/python -m pytest -q -n 2 $(PYTEST_ARGS) tests/losses

test-native: $(VENV)/.build  ## the native tests, which asan and tsan run too, without a sanitizer
	@PATH="$(abspath $(BIN)):$$PATH"; cmake --preset native --log-level=WARNING && cmake --build --preset native -- --quiet && ctest --preset native

lint: $(VENV)/.linters  ## ruff, mypy, clang-format
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/clang-format --dry-run --Werror $$(git ls-files '*.cpp' '*.hpp')

format: $(VENV)/.linters  ## let the tools put the sources in shape
	@$(BIN)/ruff check --quiet --fix-only . ; $(BIN)/ruff format --quiet . ; $(BIN)/clang-format -i $$(git ls-files '*.cpp' '*.hpp')

bench: $(VENV)/.bench  ## the benchmark against the peers: one table, one plot; then import, small fits, reading
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)
	@$(BIN)/python -m benchmarks.start

bench-kernel: $(VENV)/.bench  ## kernel machines against theirs
	@$(BIN)/python -m benchmarks.kernel $(BENCH_ARGS)

bench-losses: $(FRAMEWORKS)/.installed  ## the losses against the frameworks' own, the fused heads against the plain way
	@$(FRAMEWORKS)/bin/python -m benchmarks.losses $(BENCH_ARGS)

docs: $(VENV)/.tests  ## run every example of the documentation
	@$(PYTEST) tests/test_documentation.py tests/test_examples.py tests/cli/test_cli_docs.py

asan tsan: $(VENV)/.build  ## native tests under the address and undefined, or the thread, sanitizer
	@PATH="$(abspath $(BIN)):$$PATH"; cmake --preset $@ --log-level=WARNING && cmake --build --preset $@ && ctest --preset $@

clean:  ## remove everything that was built
	@rm -rf $(VENV) $(FRAMEWORKS) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# --- set-up: a stamp in the environment for each thing that is there -----------------------------
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("maxmargin needs Python 3.10 or newer: make PYTHON=..." if sys.version_info < (3, 10) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.build: requirements/build.txt | $(BIN)/python
	@$(PIP) -r $< && touch $@

$(VENV)/.installed: $(SOURCES) $(VENV)/.build
	@echo "building and installing maxmargin (at first a few minutes, then only what changed)"
	@PATH="$(abspath $(BIN)):$$PATH" $(PIP) --no-build-isolation '.[tables,zstd]' && touch $@

$(VENV)/.tests: requirements/test.txt requirements/lint.txt $(VENV)/.installed
	@$(PIP) -r $< && touch $@

$(VENV)/.peers: requirements/peers.txt $(VENV)/.tests
	@$(PIP) -r $< && touch $@

# The frameworks get an environment of their own, so that nothing else learns to depend on them. pip takes the builds that its
# settings offer; where the default index has none for CPUs only, PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL can name one that has.
$(FRAMEWORKS)/.installed: requirements/frameworks.txt $(VENV)/.installed
	@echo "installing PyTorch, JAX and the libraries to compare with into $(FRAMEWORKS) (at first a few minutes and 2 GB)"
	@$(PYTHON) -m venv $(FRAMEWORKS)
	@rm -rf build/wheel && PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m pip wheel -q --no-deps --no-build-isolation -w build/wheel .
	@$(FRAMEWORKS)/bin/python -m pip install -qq --disable-pip-version-check --force-reinstall --no-deps build/wheel/*.whl
	@$(FRAMEWORKS)/bin/python -m pip install -qq --disable-pip-version-check -r $< build/wheel/*.whl && touch $@

$(VENV)/.linters: requirements/lint.txt | $(BIN)/python
	@$(PIP) -r $< && touch $@

$(VENV)/.bench: benchmarks/requirements.txt $(VENV)/.installed
	@$(PIP) -r $< && touch $@
