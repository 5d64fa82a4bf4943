PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INPUTS := pyproject.toml constraints.txt
THEME := light
LANGUAGE := en
# Files stay whole; those of the browser, which comes first, take longest.
PYTEST := $(BIN)/python -m pytest --numprocesses=2 --dist=loadgroup --no-loadscope-reorder
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable

# Without bytecode every process and kernel that a test starts would compile dingnb again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint notebooks long browser peers coverage soak chromium record gallery pictures lab package versions hooks clean

demo: $(VENV)/installed  ## one text to 1,200 people on a local DingTalk
	$(BIN)/dingnb demo notebooks/data/staff.csv --results results.csv

test: $(VENV)/installed-dev chromium  ## lint, types, import rules, notebooks, tests, a sample of the long ones: in five minutes
	$(MAKE) --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) lint notebooks
	$(PYTEST) -m "not long"

lint: $(VENV)/installed-dev  ## ruff, mypy, and who may import what
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

notebooks: $(VENV)/installed-dev  ## every notebook replayed, its outputs compared
	$(BIN)/python -m pytest -p nbval --nbval --nbval-current-env --nbval-cell-timeout=60 notebooks

long: $(VENV)/installed-dev  ## senders killed, calls lost, walks, tests that take long, and more examples of every property
	$(PYTEST) -m "long or hypothesis" --hypothesis-profile=many --ignore=tests/browser

browser: $(VENV)/installed-dev chromium  ## every form in JupyterLab, Notebook 7 and Voilà
	$(PYTEST) tests/browser

peers: $(VENV)/installed-dev  ## clients that others wrote, unmodified, against the sandbox: each in an environment of its own, .peers/
	DINGNB_PEERS=1 $(BIN)/python -m pytest tests/peers

coverage: $(VENV)/installed-dev  ## which lines and branches the tests reach; it takes twice as long as the tests alone
	$(BIN)/python -m pytest --cov --cov-report=term --ignore=tests/browser --ignore=tests/survival

soak: export DINGNB_SOAK := 1
soak: $(VENV)/installed-dev chromium  ## kill senders hundreds of times, break connections, walk 5,000 ways, try thousands of examples, look at every state of the forms
	$(PYTEST) tests/survival tests/stateful tests/campaigns/planning/test_forecast.py tests/events/stream/test_soak.py \
		tests/browser/test_gallery_browser.py tests/events/callbacks/test_receiver_server.py
	$(PYTEST) -m hypothesis --ignore=tests/browser

record: $(VENV)/installed-dev  ## run every notebook on the sandbox; write its outputs and its cassette
	$(BIN)/python -m tools.record

chromium:  ## a browser and Chinese fonts for the browser tests, where they can be installed
	@if command -v chromium >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && apt-get install -qy chromium fonts-noto-cjk; \
	else echo "The browser tests need Chromium. Install it, on Debian with: apt-get install chromium fonts-noto-cjk"; exit 1; fi

gallery: $(VENV)/installed-dev  ## every form in every state, in a browser; THEME=dark and LANGUAGE=zh show it otherwise
	$(BIN)/python -m tools.gallery --theme $(THEME) --language $(LANGUAGE)

pictures: $(VENV)/installed-dev chromium  ## take the pictures in docs/images/ again
	$(BIN)/python -m tools.pictures

lab: $(VENV)/installed-lab  ## JupyterLab on notebooks/
	cd notebooks && ../$(BIN)/jupyter lab

package: $(VENV)/installed-dev  ## build wheel and sdist into dist/, and try each in an empty environment
	$(BIN)/python -m tools.check_package

versions:  ## the tests on each Python that is here, and on the lowest versions of what dingnb needs; ONLY="3.12 lowest" chooses
	$(PYTHON) -m tools.versions $(ONLY)

hooks: $(VENV)/installed-dev  ## have git run lint, types and import rules before each commit
	$(BIN)/pre-commit install

clean:  ## remove the environment and whatever a run left
	rm -rf $(VENV) .peers .versions .dingnb dist results.csv

$(VENV)/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'dingnb needs Python 3.11 or newer')"
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python $(INPUTS)
	$(INSTALL) .
	touch $@

$(VENV)/installed-dev: $(VENV)/bin/python $(INPUTS)
	$(INSTALL) ".[dev]"
	touch $@ $(VENV)/installed $(VENV)/installed-lab

$(VENV)/installed-lab: $(VENV)/bin/python $(INPUTS)
	$(INSTALL) ".[lab]"
	touch $@ $(VENV)/installed
