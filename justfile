# What is run on this repository. `just` is the package rust-just of PyPI and of crates.io; `.ci/run` installs it together
# with the programs that are called here, and then runs `just gate`.

# Where `.ci/run` puts programs. Those that are on PATH already come first.
installed := cache_directory() / "record-lists"
export PATH := env("PATH") + ":" + installed / "venv/bin" + ":" + installed / "cargo/bin"
export RECORD_LISTS_TEST_PYTHON_TOOLS := env("RECORD_LISTS_TEST_PYTHON_TOOLS", installed / "venv")
export RECORD_LISTS_TEST_NODE_TOOLS := env("RECORD_LISTS_TEST_NODE_TOOLS", if path_exists("tests/tools/node_modules") == "true" { justfile_directory() / "tests/tools" } else { installed / "node" })

just := quote(just_executable()) + " --justfile " + quote(justfile())

# So that a FILTER reaches the tests as it was written.
set positional-arguments

# Lists the targets
default:
    @{{ just }} --list --unsorted

# What every change is tried with: format, lints, unit tests, and the API tests of one folder, such as records::bulks
check FOLDER="": format lint unit
    @{{ if FOLDER == "" { "" } else { just + " api " + quote(FOLDER) } }}

# Whether the code is formatted
format:
    cargo fmt --all --check

# Whether the compiler or Clippy has something to say
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Whether a word is misspelled
typos:
    typos

# Whether the shipped program is without places to plant faults, and compiles so
fail-points:
    #!/usr/bin/env bash
    set -euo pipefail
    tree=$(cargo tree --locked --edges no-dev --prefix none)
    if grep '^fail v' <<<"$tree"; then
      echo "the program would be built with fail points" >&2
      exit 1
    fi
    # Tests and lints build the other form.
    cargo clippy --workspace --locked -- -D warnings

# Whether licences, versions and origins of dependencies are as deny.toml wants them; a row that nothing needs fails
deny:
    cargo deny --locked check --deny warnings licenses bans sources

# Whether a dependency has a known weakness: asks the database of RustSec
advisories:
    cargo deny --locked check advisories

# Whether every dependency is used
machete:
    cargo machete

# Whether the documentation of the code can be made without a warning
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# The tests beside the code
unit *FILTER:
    @{{ just }} counted --lib -- "$@"

# The tests through the public interface
api *FILTER:
    @{{ just }} counted --test api -- "$@"

# All tests, or those with one of the FILTERs in their path; at the end, how many were passed over and why
test *FILTER:
    @{{ just }} counted -- "$@"

# The API tests in the published form: every bulk delete asks for it, and its answer is held against the closed schema
test-published *FILTER:
    @RECORD_LISTS_TEST_WIRE_FORMAT=published {{ just }} counted --test api -- "$@" \
      --skip reliability::schemathesis --skip clients:: --skip linters:: --skip browser::

# The API tests on PostgreSQL, behind PgBouncer
test-pooler *FILTER:
    @RECORD_LISTS_TEST_POOLER=pgbouncer {{ just }} counted --test api -- "$@" \
      --skip Sqlite --skip sqlite --skip linters:: --skip clients:: --skip browser::

# Measures the bulk delete; `just bench --help` has the options
bench *OPTIONS:
    cargo bench --locked --bench bulk_delete -- "$@"

# Writes openapi/openapi.json anew, from the code
document:
    #!/usr/bin/env bash
    set -euo pipefail
    # Not straight into the file: where the code does not compile, the old one stays.
    document=$(cargo run --quiet --locked -- openapi)
    printf '%s\n' "$document" >openapi/openapi.json

# What must pass before a change lands; everything it needs has to be there
gate:
    #!/usr/bin/env bash
    set -euo pipefail
    # A test that cannot run here is a failure and not a line in the log.
    export RECORD_LISTS_TEST_REQUIRE=all
    # What a failed test says is to be found among the lines of many.
    export RUST_BACKTRACE=0
    # Seconds of random faults; docs/reliability.md names longer runs.
    export RECORD_LISTS_TEST_MODEL_RUN=60
    # One count for all steps, at the end.
    folder=$(mktemp --directory)
    export RECORD_LISTS_TEST_PASSED_OVER="$folder/passed-over"
    touch "$RECORD_LISTS_TEST_PASSED_OVER"
    trap 'tests/tools/passed-over "$RECORD_LISTS_TEST_PASSED_OVER" && rm -r "$folder"' EXIT

    step() { printf '\n== %s\n' "$1"; shift; {{ just }} "$@"; }

    step format format
    step spelling typos
    step lints lint
    # Places where a fault can be planted are for the tests' build alone.
    step 'fail points' fail-points
    step 'dependencies: licences, versions, origins' deny
    if timeout 60 cargo deny --locked fetch db 2>"$folder/complaint"; then
      step 'dependencies: known weaknesses' advisories
    else
      # A network that does not reach it is no fault of the change.
      cat "$folder/complaint" >&2
      echo 'passed over: advisories: a way to the database of RustSec is missing' |
        tee --append "$RECORD_LISTS_TEST_PASSED_OVER" >&2
    fi
    step 'dependencies: use' machete
    step documentation doc
    step tests test
    step 'tests in the published form' test-published
    step 'tests behind PgBouncer' test-pooler

# Runs `cargo test` and counts what was passed over, unless the caller does
[private]
counted *ARGUMENTS:
    #!/usr/bin/env bash
    set -euo pipefail
    [[ -z "${RECORD_LISTS_TEST_PASSED_OVER:-}" ]] || exec cargo test --locked "$@"
    export RECORD_LISTS_TEST_PASSED_OVER=$(mktemp)
    trap 'rm -f "$RECORD_LISTS_TEST_PASSED_OVER"' EXIT
    result=0
    cargo test --locked "$@" || result=$?
    tests/tools/passed-over "$RECORD_LISTS_TEST_PASSED_OVER"
    exit "$result"
