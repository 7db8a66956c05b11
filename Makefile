PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COVERED := forecasts/domain/*,forecasts/storage/*,forecasts/services/*,forecasts/frames.py,forecasts/charts.py

.PHONY: run test check lint types contracts bench pictures clean

run: $(VENV)/installed
	$(BIN)/streamlit run forecast_app.py

check: lint types contracts test

lint: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/tested
	$(BIN)/mypy

contracts: $(VENV)/tested
	$(BIN)/lint-imports

test: $(VENV)/tested
	$(BIN)/python tests/browser/chromium.py
	$(BIN)/pytest -m "not browser" --numprocesses 2 --cov --cov-report=
	$(BIN)/coverage report --show-missing --skip-covered
	$(BIN)/coverage report --include='$(COVERED)' --fail-under=100 --format=total
	$(BIN)/pytest -m browser

bench: $(VENV)/tested
	PYTHONPATH=tests $(BIN)/python tests/bench $(ONLY)

pictures: test
	cp tests/browser/output/readme-question.png .github/question.png
	cp tests/browser/output/readme-calibration.png .github/calibration.png

clean:
	rm -rf $(VENV)

$(VENV)/installed: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement requirements.txt
	touch $@

$(VENV)/tested: $(VENV)/installed tests/requirements.txt
	$(BIN)/pip install --quiet --requirement tests/requirements.txt
	touch $@
