# make book    build the whole site            make lab        open the notebooks in JupyterLab
# make test    pass every test                 make notebooks  execute them and bring them into form
# make serve   build it and serve it locally   make bench      measure
.PHONY: book test serve lab notebooks approve sabotage bench lock clean
.DEFAULT_GOAL := book

# The first Python that is new enough; `make PYTHON=...` names another.
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3.10 python3 python,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 10) and print("$(name)")' 2>/dev/null)))
BIN := .venv/bin
READY := .venv/ready
PORT ?= 8000

$(READY): requirements.txt pyproject.toml pagefigures/pyproject.toml book/pyproject.toml
	@test -n "$(PYTHON)" || { echo "This needs Python 3.10 or newer (and finds none): https://www.python.org/downloads/"; exit 1; }
	@echo "Setting up .venv with $(PYTHON): about a minute, once."
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make a virtual environment: install its venv module (Debian: apt-get install python3-venv)."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e . -e pagefigures -e book \
		|| { echo "The packages of requirements.txt could not be installed: is there a network? (pip's own words are above.)"; exit 1; }
	@touch $@

book: $(READY)
	@echo "Building the site (notebooks are executed when they or adamcore have changed)."
	@mkdir -p _build; $(BIN)/jupyter-book build . --all -W -n --keep-going --quiet > _build/log 2>&1; status=$$?; \
		sed -n '/WARNING:/p;/ERROR:/p;/^An error occurred/,/^The above/p;/CellExecutionError: An/,/^The above/p' _build/log; \
		test $$status -eq 0 || { echo "The site was not built (all that was said: _build/log)."; exit 1; }
	@echo "Built. Open _build/html/index.html, or run 'make serve'."

test: book
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy
	@$(BIN)/python -m pytest --nbval chapters
	@$(BIN)/python -m pytest --cov

serve: book
	@echo "http://localhost:$(PORT)/ (Ctrl-C ends it)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: $(READY)
	@$(BIN)/jupyter lab chapters

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
	@printf -- '-e %s\n' '.[test,dev]' './pagefigures[book]' './book[site]' | $(BIN)/uv pip compile - --quiet --upgrade \
		--universal --python-version 3.10 --generate-hashes --no-annotate --no-emit-index-url \
		--no-emit-package adamcore --no-emit-package pagefigures --no-emit-package understanding-adam \
		--custom-compile-command "make lock" -o requirements.txt

clean:
	@rm -rf _build .venv
