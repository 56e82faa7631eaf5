package dev.entente.rig;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;

/**
 * Ends the children of this process when it ends without ending them itself, as by kill -9. A shell reads from a pipe
 * which of them run; where the pipe ends, it kills those. Thread-safe.
 */
final class Guardian {
    /** Ctrl-C reaches every process of a terminal: this one waits for the end of the pipe. */
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

    private static final Guardian OURS = new Guardian();

    private final OutputStream pipe;

    private Guardian() {
        try {
            pipe = new ProcessBuilder("/bin/sh", "-c", SCRIPT)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start()
                    .getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException("no shell to watch over the children: /bin/sh cannot be run", e);
        }
    }

    /** Has the process killed with this one, until it has ended by itself. */
    static void watch(ProcessHandle child) {
        OURS.watch("process", child);
    }

    /** The same for a PostgreSQL, whose own children end with it where it is told to quit. */
    static void watchDatabase(ProcessHandle postmaster) {
        OURS.watch("database", postmaster);
    }

    private void watch(String kind, ProcessHandle child) {
        tell(kind, child.pid());
        var _ = child.onExit().thenAccept(ended -> tell("ended", ended.pid()));
    }

    private synchronized void tell(String change, long pid) {
        try {
            pipe.write((change + " " + pid + "\n").getBytes(StandardCharsets.US_ASCII));
            pipe.flush();
        } catch (IOException e) {
            // Somebody has killed the shell: the children are as they would be without it.
        }
    }
}
