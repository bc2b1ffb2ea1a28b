# make book, make test: all that a newcomer needs. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
# How many notebooks, tests or environments run side by side; the programs of book/make read it too.
JOBS ?= 2
export JOBS
# Of make bench and make reproduce: MovieLens-1M by name or as a file, and threads of each contestant.
SOURCE ?= ml-1m
THREADS ?= $(shell getconf _NPROCESSORS_ONLN)
# The branch that holds the published notebooks, for Colab.
BRANCH ?= gh-pages
# More words for pip, such as an index that holds the CPU build of PyTorch.
PIP_FLAGS ?=

# Each part of the tests ends with the slowest of its own.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/pytest -n $(JOBS) --durations=10 --durations-min=1

BIN := $(VENV)/bin
READY := $(VENV)/.ready
RECBOLE := _build/recbole
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup book serve lab publish classroom test test-all test-library test-notebooks test-pages \
	lint format bench recbole reproduce clean clean-all

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'
	@echo "  variables: PYTHON=$(PYTHON) VENV=$(VENV) JOBS=$(JOBS) PORT=$(PORT) SOURCE=$(SOURCE) THREADS=$(THREADS) PIP_FLAGS=$(PIP_FLAGS)"

setup: $(READY)  ## make the environment: pinned packages and this library

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v < (3, 14) else f"the pinned packages need Python 3.11, 3.12 or 3.13; {sys.executable} is {v[0]}.{v[1]}: say make PYTHON=...")'
	@test -x $(BIN)/python || { echo "making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing the packages of requirements.txt into $(VENV): minutes on a first run"
	@$(PIP) $(PIP_FLAGS) -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

book: $(READY)  ## execute and render the book, then say where it is
	@$(BIN)/python book/make/book.py

serve: book  ## show the book on a local web server
	@echo "The book is at http://127.0.0.1:$(PORT)/  (stop with Ctrl-C)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: $(READY)  ## open the notebooks in JupyterLab (installed the first time)
	@test -x $(BIN)/jupyter-lab || $(PIP) $(PIP_FLAGS) jupyterlab==4.6.6
	$(BIN)/jupyter-lab book

publish: $(READY)  ## make OUT=folder ready for the site and Colab: say REPOSITORY=owner/name too
	@test -n "$(OUT)" -a -n "$(REPOSITORY)" || { echo "say make publish OUT=folder REPOSITORY=owner/name"; exit 2; }
	@$(BIN)/python book/make/publish.py --out "$(OUT)" --repository "$(REPOSITORY)" --branch "$(BRANCH)" \
		$(if $(PAGES),--pages "$(PAGES)")

classroom: $(READY)  ## make one archive for a class without internet
	@PIP_FLAGS="$(PIP_FLAGS)" $(BIN)/python book/make/classroom.py $(if $(OUT),--out "$(OUT)") \
		$(if $(WHEELS),--wheels "$(WHEELS)")

test: test-library test-notebooks test-pages  ## run every test: library, contracts, exercises, notebooks, pages

test-library: $(READY)  ## the library, the contracts, the exercises and the habits of the house
	$(PYTEST) tests --ignore=tests/pages -m "not slow" --dist loadfile

test-notebooks: $(READY)  ## nbval runs the notebooks, but those unchanged since they passed (AGAIN=--again: all)
	@$(BIN)/python book/make/book.py --notebooks $(AGAIN)

test-pages: book  ## open every rendered page in a real browser
	$(PYTEST) tests/pages -m "not slow" --dist loadscope

test-all: test  ## that, and the slow ones: published notebooks in clean environments; writes a report
	@PIP_FLAGS="$(PIP_FLAGS)" $(BIN)/python book/make/everything.py

lint: $(READY)  ## check the style of code and notebooks, and the library's types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --keep-id --verify book/*.ipynb
	$(BIN)/mypy

format: $(READY)  ## put code and notebooks into that style, and number the figures
	$(BIN)/python book/make/figure_numbers.py
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/nbstripout --keep-id book/*.ipynb

bench: $(READY)  ## training speed and growth, measured here: about 15 minutes (SOURCE=file, THREADS=n)
	@$(MAKE) --no-print-directory recbole || echo "RecBole could not be installed: measured without it"
	$(BIN)/python benchmarks/speed.py $(SOURCE) --threads $(THREADS) $(if $(shell command -v g++),--compiled)
	$(BIN)/python benchmarks/growth.py --threads $(THREADS)

recbole: $(RECBOLE)/.ready  ## RecBole in an environment of its own, for make bench to compare with

$(RECBOLE)/.ready: benchmarks/recbole-requirements.txt
	@$(PYTHON) -m venv $(RECBOLE)
	@$(RECBOLE)/bin/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -r $<
	@touch $@

reproduce: $(READY)  ## the published results on MovieLens and the worlds: hours, row by row; stop and go on as you like
	$(BIN)/python benchmarks/video.py
	$(BIN)/python benchmarks/ml100k.py
	$(BIN)/python benchmarks/ml1m.py $(SOURCE) --threads $(THREADS)

clean:  ## remove what was built; the environment stays
	rm -rf _build build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis

clean-all: clean  ## remove the environment too
	rm -rf $(VENV)
