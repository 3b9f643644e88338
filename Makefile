# Every verb does all the set-up it needs: Python >= 3.10, make and a C++ compiler are enough.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := $(shell find cpp bindings src/maxmargin \( -name '*.hpp' -o -name '*.cpp' -o -name '*.py' -o -name '*.pyi' \) 2>/dev/null) CMakeLists.txt pyproject.toml README.md
CMAKE_FLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint format bench docs asan tsan clean

help:      ## list the verbs
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort

demo: $(VENV)/.installed      ## train, certify and inspect a model on real data
	@$(BIN)/maxmargin demo

test: $(VENV)/.tests      ## the tests
	@$(BIN)/python -m pytest -q -n 2 $(PYTEST_ARGS)

test-all: $(VENV)/.tests      ## the tests, the slow ones too
	@$(BIN)/python -m pytest -q -n 2 -m "" $(PYTEST_ARGS)

lint: $(VENV)/.linters      ## ruff, mypy, clang-format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/clang-format --dry-run --Werror $$(git ls-files '*.cpp' '*.hpp')

format: $(VENV)/.linters      ## let the tools put the sources in shape
	@$(BIN)/ruff check --fix-only . ; $(BIN)/ruff format . ; $(BIN)/clang-format -i $$(git ls-files '*.cpp' '*.hpp')

bench: $(VENV)/.bench      ## the benchmark against the peers: one table, one plot
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

docs: $(VENV)/.tests      ## run every example of the documentation
	@$(BIN)/python -m pytest -q tests/test_documentation.py

asan tsan: $(VENV)/.build-tools      ## native tests under address and undefined, or thread, sanitizer
	@$(BIN)/cmake --preset $@ -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja > /dev/null
	@$(BIN)/cmake --build --preset $@ && $(BIN)/ctest --preset $@

clean:      ## remove everything that was built
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python $(SOURCES)
	@echo "building and installing maxmargin (a minute or two)"
	@$(PIP) --force-reinstall --no-deps . $(if $(CMAKE_FLAGS),-C cmake.args="$(CMAKE_FLAGS)") && $(PIP) . $(if $(CMAKE_FLAGS),-C cmake.args="$(CMAKE_FLAGS)")
	@touch $@

$(VENV)/.tests: $(VENV)/.installed requirements/test.txt
	@$(PIP) -r requirements/test.txt && touch $@

$(VENV)/.linters: $(VENV)/bin/python requirements/lint.txt
	@$(PIP) -r requirements/lint.txt && touch $@

$(VENV)/.bench: $(VENV)/.installed benchmarks/requirements.txt
	@$(PIP) -r benchmarks/requirements.txt && touch $@

$(VENV)/.build-tools: $(VENV)/bin/python
	@$(PIP) cmake ninja && touch $@
