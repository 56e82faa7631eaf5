package dev.entente.rig;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;

/**
 * Kills the children of this process if this process ends without stopping them, for example by kill -9. A shell reads
 * the running children from a pipe; at the end of the pipe it kills them. Thread-safe.
 */
final class ChildReaper {
    /** Ignores Ctrl-C, which reaches every process of a terminal, and waits for the end of the pipe. */
    private static final String SCRIPT = """
        trap '' INT TERM HUP
        running=' '
        database=' '
        while read -r change pid; do
          case $change in
            process) running="$running$pid " ;;
            database) database="$database$pid " ;;
            ended)
              running=$(printf '%s' "$running" | sed "s/ $pid / /")
              database=$(printf '%s' "$database" | sed "s/ $pid / /")
              ;;
          esac
        done
        [ "$running" = ' ' ] || kill -9 $running
        [ "$database" = ' ' ] || kill -QUIT $database
        """;

    private static final ChildReaper INSTANCE = new ChildReaper();

    private final OutputStream pipe;

    private ChildReaper() {
        try {
            pipe = new ProcessBuilder("/bin/sh", "-c", SCRIPT)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start()
                    .getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException("the child processes cannot be supervised: /bin/sh cannot be run", e);
        }
    }

    /** Registers a process to kill when this process ends. The end of the process removes it from the list. */
    static void watch(ProcessHandle child) {
        INSTANCE.watch("process", child);
    }

    /** Registers a PostgreSQL. The shell sends QUIT, so that PostgreSQL also ends its own child processes. */
    static void watchDatabase(ProcessHandle postmaster) {
        INSTANCE.watch("database", postmaster);
    }

    private void watch(String kind, ProcessHandle child) {
        report(kind, child.pid());
        var _ = child.onExit().thenAccept(ended -> report("ended", ended.pid()));
    }

    private synchronized void report(String change, long pid) {
        try {
            pipe.write((change + " " + pid + "\n").getBytes(StandardCharsets.US_ASCII));
            pipe.flush();
        } catch (IOException e) {
            // The shell was killed: the children continue without a reaper.
        }
    }
}
