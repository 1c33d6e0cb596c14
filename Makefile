# Two commands on a fresh machine: `make demo` and `make test`. Everything here also works by hand:
# after `make setup`, plain `swift build`, `swift run distill` and `swift test` need nothing more.

ARGS =
PYTHON = python3 -B
PREFIX = /usr/local
# What else is built in: `TRAITS=NetCDF`, which needs libnetcdf-dev.
TRAITS =
WITH = $(if $(TRAITS),--traits defaults,$(TRAITS))

# What `make docs` documents, and what `make format` and `make lint` look at.
DOCUMENTED = Distill Tensors Mathematics Networks Probability Distillation Predictive Generative \
	Exchange ModelFiles Reporting Vision Speech Language GraphNetworks Compression StudentExport \
	StudentRuntime Runs
FORMATTED = $(wildcard Package.swift Sources Tests Snippets Benchmarks/Package.swift Benchmarks/Sources)

# `--data DIR` among the arguments names images that are there already.
DATA = $(if $(findstring --data,$(ARGS)),,data)

.PHONY: oracle-tokenizers help demo test release faults fuzz install setup browser data data-detection data-speech data-graphs data-sentences data-languages data-orientation data-tables docs site format lint wheel notebooks bench clean swift python

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s%s\n", $$1, $$2 }' Makefile

# Hot loops are optimised in every configuration: the demo shares its build with the tests.
demo: setup $(DATA) swift ## fetch what is missing, build, and distill an ensemble (ARGS="--members 30")
	swift build --product distill $(WITH)
	.build/debug/distill demo $(ARGS)

test: setup data swift ## fetch what is missing, build, and run every test
	$(PYTHON) -m unittest discover --quiet --start-directory Tools/fetch
	$(PYTHON) -m unittest discover --quiet --start-directory Tools/golden
	$(PYTHON) -m unittest discover --quiet --start-directory Tools/install
	@$(PYTHON) Tools/fetch/mistune.py
	$(PYTHON) -m unittest discover --quiet --start-directory Tools/site
	swift test $(WITH) $(ARGS)
	$(PYTHON) -m unittest discover --quiet --start-directory Python/tests

release: setup data swift ## build the program as users get it, optimised, and run it on a few images
	swift build -c release --product distill $(WITH)
	@place=$$(mktemp -d) && .build/release/distill demo --limit 300 --members 1 --epochs 1 \
		--out "$$place/run" > "$$place/said" 2>&1 && rm -r "$$place" || { cat "$$place/said"; exit 1; }

faults: setup swift ## kill, stop and starve runs at every point, and prove that nothing is lost (Linux)
	swift build --product distill
	$(PYTHON) Tools/faults/prove.py .build/debug/distill $(ARGS)

install: setup swift ## build and install distill, its completions and man page (PREFIX=/usr/local)
	swift build -c release --product distill $(WITH)
	@$(PYTHON) Tools/install/install.py .build/release/distill "$(DESTDIR)$(PREFIX)"
	@echo "libtorch stays where it is ($${LIBTORCH:-.libtorch}): keep it, or install anew"

wheel: setup swift ## make a wheel for pip, and try it where there is no Swift
	swift build -c release --product distill
	@$(PYTHON) Tools/python/wheel.py .build/release/distill dist
	@$(PYTHON) Tools/python/trial.py dist/distill_swift-*.whl

notebooks: setup swift ## run the notebooks in a kernel (fetches Jupyter's and scikit-learn's packages)
	swift build -c release --product distill
	@$(PYTHON) Tools/python/notebooks.py .build/release/distill

# Long: `make fuzz FUZZ_SECONDS=36000 FUZZ_SEED=7`.
FUZZ_SECONDS = 60
FUZZ_SEED = 1
# Remembering where memory was asked for takes half of the time.
ASAN = detect_leaks=0:malloc_context_size=1:max_malloc_fill_size=0:quarantine_size_mb=1:$\
	thread_local_quarantine_size_kb=64:detect_stack_use_after_return=0

fuzz: setup swift ## try changed files for a minute, with the address sanitizer
	DISTILL_FUZZ=1 swift build --quiet -c release --product distillPackageTests --sanitize=address \
		-Xswiftc -enable-testing --scratch-path .build/fuzz
	DISTILL_FUZZ=1 FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SEED=$(FUZZ_SEED) \
		ASAN_OPTIONS=$(ASAN) swift test --skip-build -c release --sanitize=address \
		--scratch-path .build/fuzz --filter FuzzTests

setup: python ## put libtorch into .libtorch (134 MB to download), unless LIBTORCH names it
	@$(PYTHON) Tools/fetch/libraries.py
	@$(PYTHON) Tools/fetch/libtorch.py

browser: setup swift ## fetch a browser without a window (100 MB) and test exported pages in it
	@$(PYTHON) Tools/fetch/browser.py
	DISTILL_BROWSER=$(CURDIR)/.data/browser/chromium-headless-shell swift test $(WITH) --filter BrowserTests

data: python ## put Fashion-MNIST into .data (31 MB and apt's package lists)
	@$(PYTHON) Tools/fetch/fashion_mnist.py

data-detection: python ## put colour emoji and aerial photographs into .data (30 MB and apt's lists)
	@$(PYTHON) Tools/fetch/detection.py

data-speech: python ## put spoken words of five languages into .data (90 MB, apt's lists, 4 minutes)
	@$(PYTHON) Tools/fetch/speech.py

data-graphs: python ## put WordNet into .data (6 MB and apt's package lists)
	@$(PYTHON) Tools/fetch/wordnet.py

data-sentences: python ## put a sentence encoder and static embeddings into .data (100 MB)
	@$(PYTHON) Tools/fetch/language.py

data-languages: python ## put captions in many languages into .data (161 MB and apt's lists)
	@$(PYTHON) Tools/fetch/languages.py

oracle-tokenizers: setup swift ## compare tokenizers with the package's on 100,000 texts (needs tokenizers, sentencepiece)
	$(PYTHON) Tools/reference/tokenization.py .data/oracle-tokenizers
	DISTILL_TOKENIZER_ORACLE=$(CURDIR)/.data/oracle-tokenizers swift test $(WITH) \
		--filter TokenizerReferenceTests

data-orientation: python ## put a network that knows how pages lie, and pages, into .data (5 MB, 2 minutes)
	@$(PYTHON) Tools/fetch/orientation.py

data-tables: python ## put four tables and boosted trees trained on them into .data (5 minutes)
	@$(PYTHON) Tools/fetch/tables.py

docs: setup swift ## build the documentation as one site; a warning or a dead link is an error
	DISTILL_DOCUMENTS=1 swift package generate-documentation --warnings-as-errors \
		--disable-parameters-and-returns-validation $(DOCUMENTED:%=--target %)
	@$(MAKE) --no-print-directory site \
		ARCHIVES="$$(find .build/plugins -path '*/outputs/*' -name '*.doccarchive' -prune | sort | tr '\n' ' ')"

# What DocC made of the rooms, for the site.
ARCHIVES =

site: setup swift ## the same site without the reference, in seconds (.build/site/index.html)
	@$(PYTHON) Tools/fetch/mistune.py
	swift build --product distill $(WITH)
	@$(PYTHON) Tools/site/build.py .build/debug/distill .build/site $(ARCHIVES)

format: swift ## format the Swift files
	swift format --in-place --recursive $(FORMATTED)

lint: swift ## check the format of the Swift files
	swift format lint --strict --recursive $(FORMATTED)

bench: setup data swift ## measure speed, beside PyTorch where it is installed
	Benchmarks/run $(ARGS)

clean: ## delete what was built (what was fetched stays: .libtorch and .data)
	rm -rf .build Benchmarks/.build

swift:
	@command -v swift > /dev/null || { echo "There is no swift here; install Swift 6.2 or newer." >&2; exit 1; }

python:
	@command -v python3 > /dev/null || { echo "There is no python3 here, which does the downloads; \
	install it together with pip." >&2; exit 1; }
