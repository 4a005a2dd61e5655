# The few commands that everybody needs; `eis --help` has the rest. Needs Python 3.11 or newer, make and git.

MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.PHONY: help run up bi test-bi metrics down docs dev test faults replay lint format conventions sqlfluff bench lock clean

# Only a uv that is installed already comes before the one in the environment.
export PATH := $(PATH):$(CURDIR)/.venv/bin

ENVIRONMENT := .venv/.installed
BI_ENVIRONMENT := .venv-bi/.installed
METRICS_ENVIRONMENT := .venv-metrics/.installed
# uv takes seconds where pip takes minutes; pip reaches through some networks that uv does not. Both check the hashes.
install = uv pip install --quiet --python .venv/bin/python $(1) || .venv/bin/python -m pip install --quiet $(1)
install_bi = $(subst .venv/bin,.venv-bi/bin,$(install))
install_metrics = $(subst .venv/bin,.venv-metrics/bin,$(install))
compile = uv pip compile --quiet --no-emit-index-url --no-emit-find-links --no-header --generate-hashes --no-strip-extras \
    --python-version 3.11 --universal

DEPARTMENTS := $(patsubst departments/%/department.yml,%,$(wildcard departments/*/department.yml))

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*##  */  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: $(ENVIRONMENT)  ## raw files to published scores, for the department in EIS_DEPARTMENT (default: demo)
	@.venv/bin/eis run

up: $(ENVIRONMENT)  ## start the warehouse and the Dagster UI
	@.venv/bin/eis up

bi: $(ENVIRONMENT) $(BI_ENVIRONMENT)  ## install Apache Superset in an environment of its own, and start it with the dashboards
	@.venv/bin/eis bi

test-bi: $(ENVIRONMENT) $(BI_ENVIRONMENT)  ## every dashboard in headless Chromium (Debian: apt-get install chromium)
	@$(call install_bi,--require-hashes -r bi/superset/requirements-test.lock)
	.venv-bi/bin/python -m pytest -c bi/superset/tests/pytest.ini bi/superset/tests

metrics: $(ENVIRONMENT) $(METRICS_ENVIRONMENT)  ## install MetricFlow in an environment of its own, and check the metrics on the warehouse
	@.venv/bin/eis metrics validate-configs

down: $(ENVIRONMENT)  ## stop the warehouse, and that of `make dev`
	@.venv/bin/eis warehouse stop
	@[ ! -d $(DEV) ] || $(in_dev) warehouse stop

SITE := $(abspath $(or $(EIS_HOME),.eis))/site
docs: $(ENVIRONMENT)  ## the documentation as a site that works offline, with the pages of dbt and Great Expectations
	@.venv/bin/eis dbt --quiet docs generate --static
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet --site-dir $(SITE)
	@echo "Open $(SITE)/index.html"

# A department of 160 officers, run once: changed models are built in schemas dev_*, beside the tables of that run and from them.
DEV := $(abspath $(or $(EIS_HOME),.eis))/dev
in_dev = EIS_HOME=$(DEV) EIS_RAW_PATH=$(DEV)/raw EIS_DEPARTMENT=demo .venv/bin/eis
# The catalogue is made of every family's declaration, which dbt does not see as a dependency.
select ?= state:modified+ feature_catalog
dev: $(ENVIRONMENT) $(DEV)/last_build/manifest.json  ## build and test the dbt models that you changed, and what depends on them, in seconds
	@$(in_dev) dbt build --target dev --target-path $(DEV)/target --select $(select) --defer --state $(DEV)/last_build

$(DEV)/last_build/manifest.json: | $(ENVIRONMENT)
	@echo "Once: a department of 160 officers is made and run; some minutes. Again, with the code as it is now: rm -r $(DEV)"
	@mkdir -p -m 755 $(DEV) && .venv/bin/eis demo generate $(DEV)/raw --officers 160 > /dev/null
	@$(in_dev) run
	@mkdir -p $(@D) && cp $(DEV)/demo/target/manifest.json $@

test: lint  ## everything that CI runs: linters, then all tests
	@$(MAKE) $(METRICS_ENVIRONMENT) || echo "MetricFlow cannot be installed here: its tests are skipped, and say so."
	.venv/bin/pytest

faults: $(ENVIRONMENT)  ## strike the line of a small department again and again; it has to come out as if nothing had been
	.venv/bin/python tests/end_to_end/fault_injection.py

replay: $(ENVIRONMENT)  ## a year of monthly operation, month by month, with what goes wrong in one; about twenty minutes
	@.venv/bin/eis demo replay

lint: $(ENVIRONMENT)  ## style and types of Python, conventions and style of SQL
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	@$(MAKE) conventions
	@$(MAKE) sqlfluff do=lint

format: $(ENVIRONMENT)  ## rewrite Python and SQL in the house style
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	@$(MAKE) sqlfluff do=fix

# dbt-bouncer reads the parsed project from the department's state.
conventions: $(addprefix conventions-,$(DEPARTMENTS))
conventions-%:
	EIS_DEPARTMENT=$* .venv/bin/eis dbt --quiet parse
	DBT_PROJECT_DIR=$(abspath $(or $(EIS_HOME),.eis))/$* .venv/bin/dbt-bouncer run

# dbt compiles what sqlfluff reads, for which it needs a warehouse, empty or not; each department's staging is compiled as its own.
SHARED_SQL := models/core models/events models/features models/labels models/explanations models/scores models/monitoring models/staging/governance tests/dbt
sqlfluff: $(addprefix sqlfluff-,$(DEPARTMENTS))
sqlfluff-%:
	EIS_DEPARTMENT=$* .venv/bin/eis warehouse exec sqlfluff $(do) --config departments/$*/sqlfluff.cfg models/staging/$* $(if $(filter demo,$*),$(SHARED_SQL))

bench: $(ENVIRONMENT)  ## measure a department of 2,000 officers from raw file to feature, and the same features in DuckDB
	.venv/bin/python benchmarks/bench.py line
	.venv/bin/python benchmarks/yardstick.py

lock: $(ENVIRONMENT)  ## pin the dependencies of pyproject.toml anew
	$(compile) --extra dev pyproject.toml -o requirements.lock
	echo uv | $(compile) --no-annotate - -o requirements-bootstrap.lock
	$(compile) --constraints requirements.lock --group pyproject.toml:database -o requirements-database.lock
	$(compile) bi/superset/requirements.in -o bi/superset/requirements.lock
	$(compile) bi/superset/requirements-test.in -o bi/superset/requirements-test.lock
	$(compile) --constraints requirements.lock bi/metricflow/requirements.in -o bi/metricflow/requirements.lock

clean:  ## stop the warehouse, then remove it, all other state and the environment
	-@[ ! -x .venv/bin/eis ] || for home in .eis .eis/dev .eis/replay; do env -u EIS_DATABASE_URL EIS_HOME=$$home .venv/bin/eis warehouse stop; done
	rm -rf .eis .venv .venv-bi .venv-metrics *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis target logs

$(ENVIRONMENT): requirements.lock requirements-bootstrap.lock pyproject.toml | .venv/bin/python
	@echo "Installing the locked packages into .venv ..."
	@command -v uv > /dev/null || .venv/bin/python -m pip install --quiet --require-hashes -r requirements-bootstrap.lock \
	    || echo "uv cannot be installed here: pip does its work, in minutes instead of seconds."
	@$(call install,--require-hashes -r requirements.lock)
	@$(call install,--no-deps --no-build-isolation --editable .)
	@touch $@

$(BI_ENVIRONMENT): bi/superset/requirements.lock | $(ENVIRONMENT)
	@echo "Installing Apache Superset into .venv-bi ..."
	@.venv/bin/python -m venv .venv-bi
	@$(call install_bi,--require-hashes -r bi/superset/requirements.lock)
	@touch $@

$(METRICS_ENVIRONMENT): bi/metricflow/requirements.lock | $(ENVIRONMENT)
	@echo "Installing MetricFlow into .venv-metrics ..."
	@.venv/bin/python -m venv .venv-metrics
	@$(call install_metrics,--require-hashes -r bi/metricflow/requirements.lock)
	@touch $@

.venv/bin/python:
	@for python in python3 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then exec $$python -m venv .venv; fi; \
	done; \
	echo "Python 3.11 or newer is needed; python3 here is $$(python3 --version 2>&1)." >&2; exit 1
