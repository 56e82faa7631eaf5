#!/usr/bin/env bash
# Writes the server's AOT cache beside its jar, from a short life of a coordinator on an empty database of its own, and
# entente-cli.aot, the one of its commands:
#
#   deploy/aot.sh /opt/entente/entente-server.jar --jdbc-url jdbc:postgresql://localhost:5432/training --jdbc-user entente
#
# The cache fits this jar and the java that ran here; where it does not fit, the server starts as if there were none.
set -euo pipefail

here=$(cd -- "$(dirname -- "$0")" && pwd) # server.jvm and commands.jvm lie beside this script
jar=$1
shift
cache=${jar%.jar}.aot
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
ready=$(mktemp)
trap 'rm -f "$ready"' EXIT

# What the JVM has to say of the cache goes to standard error: the line on standard output is the server's.
"$java" @"$here/server.jvm" -XX:AOTCacheOutput="$cache.new" -Xlog:disable -Xlog:all=warning:stderr -jar "$jar" \
  server --json --migrate --node aot-training --grpc-port 0 --http-port 0 "$@" >"$ready" &
server=$!
until [[ -s $ready ]]; do
  kill -0 "$server" 2>/dev/null || { echo "the server ended before it was ready" >&2; exit 1; }
  sleep 0.2
done
target=$(sed -n 's/.*"grpc":"\([^"]*\)".*/\1/p' "$ready")

# Commands answer a person: they have a cache of their own, for the options that suit them.
commands=${jar%/*}/entente-cli.aot
[[ $jar == */* ]] || commands=entente-cli.aot
"$java" @"$here/commands.jvm" -XX:AOTCacheOutput="$commands.new" -Xlog:disable -jar "$jar" \
  tx list --target "$target" >/dev/null
mv -f "$commands.new" "$commands"

kill -TERM "$server"
wait "$server" || true # 143; the JVM writes the cache on its way out
mv -f "$cache.new" "$cache"
printf '%s\n' "$cache" "$commands"
