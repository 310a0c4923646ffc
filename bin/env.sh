# shellcheck shell=bash
# Shared by all scripts in bin/: paths, progress output, and error messages.
# It is sourced, never run, and installs and prints nothing by itself.

set -euo pipefail
# A child program may catch Ctrl-C and exit normally: exit anyway.
trap 'exit 130' INT

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
ME=$(basename "$(dirname "$0")")/$(basename "$0")
CACHE=${GUILDHALL_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/guildhall}
LOGS=$CACHE/log

TARGET=${CARGO_TARGET_DIR:-target}
case $TARGET in /*) ;; *) TARGET=$ROOT/$TARGET ;; esac
if [ -n "${CARGO_TARGET_DIR:-}" ]; then export CARGO_TARGET_DIR=$TARGET; fi

export PATH="$CACHE/tools/bin:$CACHE/checks/bin:$ROOT/node_modules/.bin:$PATH"
# Otherwise a DATABASE_URL in the environment or in .env would make every build query that database.
export SQLX_OFFLINE=${SQLX_OFFLINE:-true}

# bin/setup writes this file if rustup could not add the WASM target.
if [ -z "${RUSTUP_TOOLCHAIN:-}" ] && [ -f "$CACHE/toolchain" ]; then
  RUSTUP_TOOLCHAIN=$(cat "$CACHE/toolchain")
  export RUSTUP_TOOLCHAIN
fi
# rustup's rustc links with lld by default; Debian's needs the wrapper script written by bin/setup.
if [ "${RUSTUP_TOOLCHAIN:-}" = debian ] && [ -x "$CACHE/linker" ]; then
  export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=${CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER:-$CACHE/linker}
fi

# The packages and features of every native cargo command. With another selection cargo would unify
# features differently and rebuild most dependencies.
# shellcheck disable=SC2034 # used by the programs that source this file
SELECT=(-p guildhall -p server -p app -p slim_leptos -p bench --features app/ssr --features guildhall/postgres)

# Exits with an error message.
die() {
  printf '%s: %s\n' "$ME" "$1" >&2
  exit 1
}

# try WORDS COMMAND…: runs the command and prints the words and the time it took. If it fails, prints the end
# of its output and $hint, a sentence on what to do, and returns 1.
# A function passed to it runs with `set -e` off, as in every command tested by `if` or `||`, so it must chain its commands itself.
try() {
  local words=$1 log started=$SECONDS
  shift
  mkdir -p "$LOGS" || die "Cannot create the directory $LOGS: set GUILDHALL_CACHE to a writable one."
  log=$LOGS/$(printf '%s' "$words" | tr -cs '[:alnum:]' '-' | cut -c1-60 | tr '[:upper:]' '[:lower:]').log
  printf '%s … ' "$words"
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%s\n' "$(seconds $((SECONDS - started)))"
    return 0
  fi
  printf 'failed after %s\n' "$(seconds $((SECONDS - started)))"
  tail -n 30 "$log" | sed 's/^/    /' >&2
  printf '%s: %s The full log is %s.\n' "$ME" "${hint:-This step failed: see above.}" "$log" >&2
  return 1
}

# step WORDS COMMAND…: like try, but exits on failure.
step() { try "$@" || exit 1; }

seconds() {
  if [ "$1" -lt 60 ]; then printf '%d s' "$1"; else printf '%d min %d s' $(($1 / 60)) $(($1 % 60)); fi
}

# port_taken HOST PORT: succeeds if a program listens there. One that listens on all addresses is reached on 127.0.0.1 too.
port_taken() {
  local host=${1#[}
  host=${host%]}
  case $host in '' | 0.0.0.0) host=127.0.0.1 ;; ::) host=::1 ;; esac
  (exec 3<>"/dev/tcp/$host/$2") 2>/dev/null
}

has() { command -v "$1" >/dev/null 2>&1; }

# need_disk BUILT: checks the free space. A first build takes about 8 GB, later builds little.
need_disk() {
  local dir free_kb need_gb=3
  if [ -e "$1" ]; then need_gb=1; fi
  for dir in "$CACHE" "$TARGET"; do
    while [ ! -e "$dir" ]; do dir=$(dirname "$dir"); done
    free_kb=$(df -Pk "$dir" | awk 'NR == 2 { print $4 }')
    if [ "$free_kb" -lt $((need_gb * 1024 * 1024)) ]; then
      die "Only $((free_kb / 1024)) MB are free on the disk of $dir, and a first build needs about 8 GB: free some space, or set CARGO_TARGET_DIR and GUILDHALL_CACHE to a larger disk."
    fi
  done
}

# Prints the directory of the newest PostgreSQL server programs (15 or newer), or fails. $PG_BIN wins, as in the server.
postgres_bin() {
  local dir major best='' best_major=14
  if [ -n "${PG_BIN:-}" ]; then
    printf '%s\n' "$PG_BIN"
    return
  fi
  for dir in /usr/lib/postgresql/*/bin "$(dirname "$(command -v postgres || echo /none/postgres)")"; do
    if [ ! -x "$dir/postgres" ] || [ ! -x "$dir/initdb" ]; then continue; fi
    major=$("$dir/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    if [ "$major" -gt "$best_major" ]; then best=$dir best_major=$major; fi
  done
  [ -n "$best" ] && printf '%s\n' "$best"
}

# use_site DIR: from now on, builds the pages' files into this directory, and makes servers read them from there. Each script has
# its own directory, because a build empties it while a running server still needs its files. The file names contain hashes,
# which are listed in a file next to the directory. cargo-leptos and the server read both locations from the same variables.
use_site() { export LEPTOS_SITE_ROOT=$1 LEPTOS_HASH_FILE_NAME=$1.hash.txt; }

# The parent of the directories that are kept between builds.
# shellcheck disable=SC2034 # used by the programs that source this file
SITES=$ROOT/target/sites

# Builds the server and the pages as configured for cargo-leptos in Cargo.toml; accepts flags such as --release.
build_site() {
  : "${LEPTOS_HASH_FILE_NAME:?use_site comes before build_site}"
  # Panics name the source files of crates: everybody would load the paths of the machine that built the pages.
  local sources=("${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/)
  local remapped=("${sources[@]/#/--remap-path-prefix=}")
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="${remapped[*]/%/=}" cargo leptos build --split "$@"
}
