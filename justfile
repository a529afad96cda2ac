# The commands of this repository. `just` is the package rust-just on PyPI and crates.io. `.ci/run` installs it together
# with the programs that are called here, and then runs `just gate`.

# Where `.ci/run` installs programs. Those already on PATH come first.
installed := cache_directory() / "record-lists"
export PATH := env("PATH") + ":" + installed / "venv/bin" + ":" + installed / "cargo/bin"
export RECORD_LISTS_TEST_PYTHON_TOOLS := env("RECORD_LISTS_TEST_PYTHON_TOOLS", installed / "venv")
export RECORD_LISTS_TEST_NODE_TOOLS := env("RECORD_LISTS_TEST_NODE_TOOLS", if path_exists("tests/tools/node_modules") == "true" { justfile_directory() / "tests/tools" } else { installed / "node" })

just := quote(just_executable()) + " --justfile " + quote(justfile())

# Passes a FILTER to the tests exactly as written.
set positional-arguments

# List the targets
default:
    @{{ just }} --list --unsorted

# Check a change: format, lints, unit tests, and the API tests of one folder, such as records::bulks
check FOLDER="": format lint unit
    @{{ if FOLDER == "" { "" } else { just + " api " + quote(FOLDER) } }}

# Check that the code is formatted
format:
    cargo fmt --all --check

# Check for warnings of the compiler and Clippy
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Check the spelling
typos:
    typos

# Check that the shipped program compiles without the features of tests: fail points and traces
shipped-features:
    #!/usr/bin/env bash
    set -euo pipefail
    tree=$(cargo tree --locked --edges no-dev --prefix none)
    if grep -E '^(fail|opentelemetry[a-z_-]*) v' <<<"$tree"; then
      echo "the program would be built with fail points or traces" >&2
      exit 1
    fi
    # Tests and lints build the program with both.
    cargo clippy --workspace --locked -- -D warnings

# Check licences, versions and origins of dependencies against deny.toml; an entry that nothing needs is an error
deny:
    cargo deny --locked check --deny warnings licenses bans sources

# Check dependencies for known vulnerabilities, with the RustSec database
advisories:
    cargo deny --locked check advisories

# Check that every dependency is used
machete:
    cargo machete

# Check that the documentation of the code builds without warnings
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Run the unit tests
unit *FILTER:
    @{{ just }} counted --lib -- "$@"

# Run the API tests
api *FILTER:
    @{{ just }} counted --test api -- "$@"

# Run all tests, or those with one of the FILTERs in their path; report how many were skipped, and why
test *FILTER:
    @{{ just }} counted -- "$@"

# What neither the form of responses nor a pooler changes: files, settings, connections, and what is beside the API.
once := "--skip backup:: --skip browser:: --skip clients:: --skip command_line:: --skip commands:: --skip configuration:: \
  --skip connections:: --skip database_files:: --skip deploy:: --skip documents:: --skip guides:: --skip keep_alive:: \
  --skip linters:: --skip machine:: --skip package:: --skip query_plans:: --skip reliability::slow_clients \
  --skip settings_table:: --skip systemd:: --skip tls::"

# Run the API tests in the published form: each response must match the closed schema of its operation
test-published *FILTER:
    @RECORD_LISTS_TEST_WIRE_FORMAT=published {{ just }} counted --test api -- "$@" \
      {{ once }} --skip metrics:: --skip oauth:: --skip tokens:: --skip reliability::schemathesis \
      --skip reliability::power_loss --skip reliability::stop

# Run the API tests on PostgreSQL behind PgBouncer
test-pooler *FILTER:
    @RECORD_LISTS_TEST_POOLER=pgbouncer {{ just }} counted --test api -- "$@" \
      {{ once }} --skip Sqlite --skip sqlite

# Run the API tests on PostgreSQL with the extension Citus, whose programs RECORD_LISTS_TEST_PG_BIN names. What is left out
# looks into one server: how lists share transactions, plans, and pages of an account that are of one moment
test-citus *FILTER:
    @RECORD_LISTS_TEST_POSTGRES=citus {{ just }} counted --test api -- "$@" \
      {{ once }} --skip Sqlite --skip sqlite --skip lanes:: --skip are_of_one_moment

# Measure the bulk delete; `just bench --help` lists the options
bench *OPTIONS:
    cargo bench --locked --bench bulk_delete -- "$@"

# Measure what one account notices of another
fairness *OPTIONS:
    cargo bench --locked --bench fairness -- "$@"

# Build the program as it is shipped, and the Debian package, whose path is the last line of the output
package:
    #!/usr/bin/env bash
    set -euo pipefail
    target=$(rustc -vV | sed -n 's/^host: //p')
    # Linked statically, so that one program fits all systems, and with the list of its dependencies inside.
    RUSTFLAGS="-C target-feature=+crt-static" cargo auditable build --release --locked --target "$target"
    folder="${CARGO_TARGET_DIR:-target}/$target/release"
    deploy/debian/documents "$folder/record-lists" "$folder/package" "$target"
    # Stripped already; a second time would remove the list.
    cargo deb --no-build --no-strip --locked --quiet --target "$target" --output "$folder/package/" >/dev/null
    realpath "$folder"/package/*.deb

# Regenerate openapi/openapi.json and the settings in docs/operating.md from the code
document:
    #!/usr/bin/env bash
    set -euo pipefail
    # Not written to the file directly: if the code does not compile, the old file stays.
    document=$(cargo run --quiet --locked -- openapi)
    printf '%s\n' "$document" >openapi/openapi.json
    RECORD_LISTS_TEST_UPDATE=1 cargo test --quiet --locked --test api -- settings_table

# Run everything that must pass before a change is merged; fails if a required program is missing
gate:
    #!/usr/bin/env bash
    set -euo pipefail
    # A test that cannot run here fails, instead of only being reported.
    export RECORD_LISTS_TEST_REQUIRE=all
    # Without backtraces, the message of a failed test is easier to find.
    export RUST_BACKTRACE=0
    # Seconds of random faults. For longer runs, see docs/reliability.md.
    export RECORD_LISTS_TEST_MODEL_RUN=60
    # Skipped tests are counted over all steps and reported at the end.
    folder=$(mktemp --directory)
    export RECORD_LISTS_TEST_PASSED_OVER="$folder/passed-over"
    touch "$RECORD_LISTS_TEST_PASSED_OVER"
    trap 'tests/tools/passed-over "$RECORD_LISTS_TEST_PASSED_OVER" && rm -r "$folder"' EXIT

    step() { printf '\n== %s\n' "$1"; shift; {{ just }} "$@"; }

    step format format
    step spelling typos
    step lints lint
    # Only builds for tests may have fail points, and traces unless somebody asks for them.
    step 'features of the shipped program' shipped-features
    step 'dependencies: licences, versions, origins' deny
    if timeout 60 cargo deny --locked fetch db 2>"$folder/complaint"; then
      step 'dependencies: known weaknesses' advisories
    else
      # An unreachable database is not the fault of the change.
      cat "$folder/complaint" >&2
      echo 'passed over: advisories: a way to the database of RustSec is missing' |
        tee --append "$RECORD_LISTS_TEST_PASSED_OVER" >&2
    fi
    step 'dependencies: use' machete
    step documentation doc
    step package package | tee "$folder/package"
    export RECORD_LISTS_TEST_PACKAGE=$(tail -1 "$folder/package")
    step tests test
    step 'tests in the published form' test-published
    step 'tests behind PgBouncer' test-pooler

# Run `cargo test` and report the skipped tests, unless the caller does
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
