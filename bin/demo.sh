# shellcheck shell=bash
# A server with demo data and its own PostgreSQL, for the time that a script runs.
# It is sourced after env.sh, never run.

# demo_server PROGRAM FLAG…: starts this server with these flags, and exports its address in BASE and the demo sign-ins in SELLER,
# BUYER and PASSWORD. It is stopped when the script exits. With DEMO_HOST=localhost it has a domain name, so that it offers passkeys.
demo_server() {
  local program=$1 port
  shift
  scratch=$(mktemp -d)
  # PostgreSQL, which does not run as root, must be able to enter this directory.
  chmod 711 "$scratch"
  trap stop_demo_server EXIT
  # Canonical URLs and the sitemap contain the server's public URL, so its port must be chosen before it starts.
  port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  export BASE=http://${DEMO_HOST:-127.0.0.1}:$port
  env -u DATABASE_URL GUILDHALL_DATA_DIR="$scratch/postgres" RUST_LOG=warn \
    "$program" serve --demo --addr "127.0.0.1:$port" --public-url "$BASE" "$@" 2>"$scratch/server.log" &
  server=$!
  hint="See the server's output above." step 'Start the server with demo data' demo_server_ready
  SELLER=$(demo_sign_in seller) BUYER=$(demo_sign_in buyer)
  PASSWORD=$(sed -n 's/^Demo sign-ins, password "\(.*\)":$/\1/p' "$scratch/server.log")
  export SELLER BUYER PASSWORD
}

stop_demo_server() {
  if [ -n "${server-}" ] && kill -INT "$server" 2>/dev/null; then wait "$server" || true; fi
  rm -rf "$scratch"
}

demo_server_ready() {
  until curl -fsS "$BASE/readyz"; do
    if ! kill -0 "$server" 2>/dev/null; then
      cat "$scratch/server.log"
      return 1
    fi
    sleep 0.2
  done
}

# demo_sign_in ROLE: the e-mail of the first demo account of this role, as the server prints it.
demo_sign_in() { sed -n "s/^ *$1  *\([^ ]*@[^ ]*\)$/\1/p" "$scratch/server.log" | head -n 1; }
