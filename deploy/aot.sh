#!/usr/bin/env bash
# Writes two AOT caches beside the jar: entente-server.aot for the server, and entente-cli.aot for commands. Starts and
# stops a coordinator, which needs an empty database:
#
#   deploy/aot.sh /opt/entente/entente-server.jar --jdbc-url jdbc:postgresql://localhost:5432/training --jdbc-user entente
#
# A cache is valid only for this jar and this Java. The server starts normally without a valid cache.
set -euo pipefail

here=$(cd -- "$(dirname -- "$0")" && pwd) # contains server.jvm and commands.jvm
jar=$1
shift
cache=${jar%.jar}.aot
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
ready=$(mktemp)
trap 'rm -f "$ready"' EXIT

# The JVM logs to stderr, because stdout must contain only the server's JSON line.
"$java" @"$here/server.jvm" -XX:AOTCacheOutput="$cache.new" -Xlog:disable -Xlog:all=warning:stderr -jar "$jar" \
  server --json --migrate --node aot-training --grpc-port 0 --http-port 0 "$@" >"$ready" &
server=$!
until [[ -s $ready ]]; do
  kill -0 "$server" 2>/dev/null || { echo "the server exited before it was ready; see its messages above" >&2; exit 1; }
  sleep 0.2
done
target=$(sed -n 's/.*"grpc":"\([^"]*\)".*/\1/p' "$ready")

# Commands have a separate cache, because their JVM options differ.
commands=${jar%/*}/entente-cli.aot
[[ $jar == */* ]] || commands=entente-cli.aot
"$java" @"$here/commands.jvm" -XX:AOTCacheOutput="$commands.new" -Xlog:disable -jar "$jar" \
  tx list --target "$target" >/dev/null
mv -f "$commands.new" "$commands"

kill -TERM "$server"
wait "$server" || true # 143 after SIGTERM; the JVM writes the cache when it exits
mv -f "$cache.new" "$cache"
printf '%s\n' "$cache" "$commands"
