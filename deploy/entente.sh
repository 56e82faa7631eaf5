#!/bin/sh
# Runs a command of Entente on the Java runtime beside this script: entente --help lists the commands.
# ENTENTE_JVM_ARGS is passed to java.
self=$(readlink -f -- "$0") || exit 1
home=${self%/*/*}

# The JVM decodes arguments, environment variables and file names with the locale's encoding. POSIX, and a locale that is
# not installed, use ASCII, which has no other characters. A locale with another encoding is kept.
case $(locale charmap 2>/dev/null) in
  ANSI_X3.4-1968 | US-ASCII | 646 | '') export LC_ALL=C.UTF-8 ;;
esac

case ${1-} in
  server) options=server.jvm cache=entente-server.aot ;;
  *) options=commands.jvm cache=entente-cli.aot ;;
esac
# shellcheck disable=SC2086 # word splitting is intended
exec "$home/runtime/bin/java" @"$home/lib/$options" -XX:AOTCache="$home/lib/$cache" '-Xlog:aot*=off' ${ENTENTE_JVM_ARGS-} \
  -jar "$home/lib/entente-server.jar" "$@"
