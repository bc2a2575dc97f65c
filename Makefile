# Every target does all of its own set-up into .venv; Python >= 3.11 and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGES ?= 4
export PYTHONUNBUFFERED := 1
# A wish reaches the shell by the environment, so that quotes and $$ in it stay as typed.
export PROMPT

.DEFAULT_GOAL := help
.PHONY: help story train-gpu test soak lint format bench bot engine doctor clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Pagewright needs Python 3.11 or newer; choose one with PYTHON=…" >&2; exit 78; }
	$(PYTHON) -m venv $(VENV)

# One stamp a set of extras: what runs a story, and what develops Pagewright.
$(VENV)/.run: pyproject.toml constraints.txt setup.py engine/api/story_engine.proto | $(BIN)/python
	@echo "Setting up $(VENV) (once; torch is large, so this can take some minutes)…"
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[engine]'
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[engine,dev]'
	@touch $@

story: $(VENV)/.run ## Tell an illustrated story: make story PROMPT="…" [PAGES= STYLE= SEED= OUT=]
	@$(BIN)/pagewright story "$$PROMPT" --pages $(PAGES) $(if $(STYLE),--style "$(STYLE)") \
	  $(if $(SEED),--seed $(SEED)) $(if $(OUT),--out "$(OUT)")

bot: $(VENV)/.run ## Run the service on Discord and Telegram (DISCORD_TOKEN, TELEGRAM_TOKEN)
	@$(BIN)/pagewright bot

engine: $(VENV)/.run ## Run the engine process in the foreground
	@$(BIN)/pagewright engine

doctor: $(VENV)/.run ## Check the set-up
	@$(BIN)/pagewright doctor

test: $(VENV)/.dev ## Run the tests: make test [WORKERS=3], for many of them wait
	OMP_NUM_THREADS=$(or $(OMP_NUM_THREADS),1) $(BIN)/python -m pytest -n $(or $(WORKERS),3) --dist loadfile

soak: $(VENV)/.dev ## Kill bot and engine for minutes on end: make soak [MINUTES= SEED=]
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),5) --seed $(or $(SEED),1)

lint: $(VENV)/.dev ## Check style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure speed and memory: make bench [PARTS="stories loops"]
	$(BIN)/python -m benchmarks $(PARTS)

train-gpu: $(VENV)/.run ## Make a better pack on a large GPU: make train-gpu [MINUTES= OUT=]
	@$(BIN)/pagewright train all --preset gpu --minutes $(or $(MINUTES),25) \
	  --out "$(or $(OUT),pack)"

clean: ## Remove what the targets made, but for stories and data
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
