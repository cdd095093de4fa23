# make book    build the whole site            make lab        open the notebooks in JupyterLab
# make test    pass every test                 make notebooks  execute them and bring them into form
# make check   the quick ones: no book         make bench      measure
# make serve   build it and serve it locally   make approve   approve the pictures as they are now
# make lock    resolve the requirements anew   make sabotage  damage a copy: is it seen?
# make pdf     print the whole course
.PHONY: book lint check test serve pdf lab notebooks approve sabotage bench lock clean
.DEFAULT_GOAL := book

# The first Python that is new enough; `make PYTHON=...` names another.
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3.10 python3 python,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 10) and print("$(name)")' 2>/dev/null)))
BIN := .venv/bin
READY := .venv/ready
PORT ?= 8000

# An environment knows its place: one that came with a copied or moved folder points at the first.
PLACE := $(shell cat $(READY) 2>/dev/null)
ifneq ($(PLACE),)
ifneq ($(PLACE),$(CURDIR))
$(info .venv belongs to $(PLACE): setting it up anew for this folder.)
$(shell rm -rf .venv)
endif
endif

PIP := $(BIN)/python -m pip install --disable-pip-version-check
$(READY): requirements.txt pyproject.toml pagefigures/pyproject.toml book/pyproject.toml
	@test -n "$(PYTHON)" || { echo "This needs Python 3.10 or newer (and finds none): https://www.python.org/downloads/"; exit 1; }
	@echo "Setting up .venv with $(PYTHON): about a minute, once."
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) -m venv failed, see above (Debian keeps it in python3-venv)."; exit 1; }
	@{ $(PIP) --require-hashes -r requirements.txt && $(PIP) --no-deps -e . -e pagefigures -e book; } > .venv/log 2>&1 \
		|| { grep -E '^ *(ERROR|error):|Errno' .venv/log | tail -3; echo "The packages were not installed (all that pip said: .venv/log)."; exit 1; }
	@pwd -P > $@

book: $(READY)
	@$(BIN)/python -m book.build

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy

check: lint
	@$(BIN)/python -m pytest --numprocesses 2 adamcore tests/test_house.py tests/test_notebooks.py tests/test_package.py

# nbval compares what the build has executed, and executes the rest: see tests/replay.py.
test: lint book
	@$(BIN)/python -m pytest -p tests.replay --nbval chapters
	@$(BIN)/python -m pytest --cov --numprocesses 2 --dist loadgroup

serve: $(READY)
	@$(BIN)/python -m book.build --serve $(PORT)

pdf: book
	@$(BIN)/python -m book.paper

lab: $(READY)
	@$(BIN)/python -m book.lab $(if $(FOLDER),--folder "$(FOLDER)") $(if $(filter file,$(origin PORT)),,--port $(PORT)) $(LAB)

notebooks: $(READY)
	@$(BIN)/python -m tests.notebooks

approve: $(READY)
	@$(BIN)/python -m tests.pictures --approve

sabotage: $(READY)
	@$(BIN)/python -m tests.sabotage

bench: $(READY)
	@for script in benchmarks/*.py; do $(BIN)/python $$script; done

# Resolve the requirements anew, for every Python that is supported.
lock: $(READY)
	@$(BIN)/python -m pip install --quiet uv
	@printf -- '-e %s\n' '.[test,dev]' './pagefigures[book]' './book[site]' | $(BIN)/uv pip compile - --quiet --upgrade --no-strip-extras \
		--universal --python-version 3.10 --generate-hashes --no-annotate --no-emit-index-url \
		--no-emit-package adamcore --no-emit-package pagefigures --no-emit-package understanding-adam \
		--custom-compile-command "make lock" -o requirements.txt

clean:
	@rm -rf _build .venv
