# All targets need python3 (3.11 or 3.12), make and git; everything else goes into .venv, from PyPI.
# `make demo` installs what runs need, `make page` the browser page besides, `make test` all there is.
PYTHON ?= python3
BIN := .venv/bin
RUNS := .venv/.runs
PAGE := .venv/.page
STAMP := .venv/.installed
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --constraint constraints.txt

.PHONY: demo page test test-long check clean

demo: $(RUNS)
	$(BIN)/zkpet run scenarios/street.toml

page: $(PAGE)
	$(BIN)/zkpet page

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-long: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m long --hypothesis-profile many

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(RUNS): pyproject.toml constraints.txt
	@echo "Setting up .venv with what runs need; pip names every package (a few minutes) ..."
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable .
	@touch $@

$(PAGE): $(RUNS)
	$(INSTALL) --editable '.[page]'
	@touch $@

$(STAMP): $(RUNS)
	$(INSTALL) --quiet --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv
