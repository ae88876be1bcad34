# make run     set up if needed and open the designer; without a display, do the same tour headless
# make test    set up if needed and run the whole suite          make test ARGS="tests/core -x"
# make setup   only set up                                       make setup PYTHON=python3.12
# make lint    style, types and import contracts
# make bench   the benchmarks behind the README's numbers
# make messages   collect the texts of the window for translators, compile translations (docs/translation.md)

PY := .venv/bin/python
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && echo 4 || echo $$n)
ON_SCREEN := $(if $(DISPLAY)$(WAYLAND_DISPLAY),--display)

.PHONY: run test setup lint bench messages

setup:
	@python=$$(PYTHON="$(PYTHON)" sh packaging/python.sh) && "$$python" packaging/environment.py

run: setup
	@$(PY) packaging/qt_libraries.py $(ON_SCREEN)
	@$(PY) -m hybridgraph.demo

test: setup
	@$(PY) packaging/qt_libraries.py
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: setup
	@status=0; \
	$(PY) -m ruff check . || status=1; \
	$(PY) -m ruff format --check . || status=1; \
	$(PY) -m mypy || status=1; \
	QT_QPA_PLATFORM=offscreen $(PY) packaging/messages.py check || status=1; \
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()" || status=1; \
	exit $$status

bench: setup
	@$(PY) -m benchmarks $(ARGS)

messages: setup
	@QT_QPA_PLATFORM=offscreen $(PY) packaging/messages.py collect
	@$(PY) packaging/messages.py compile
