package dev.entente.server.store;

import dev.entente.core.transaction.VisibleText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Logs one line to the logger {@code entente.audit} for each row of the audit, for log collectors. The table is the
 * authoritative audit. Thread-safe.
 */
public final class AuditLines {
    private static final Logger LOG = LoggerFactory.getLogger("entente.audit");

    private AuditLines() {}

    /** Logs a durable action. */
    public static void done(AuditRecord row) {
        note(Level.INFO, row);
    }

    /** Logs a failure, a read or a probe, at DEBUG: a client that is refused often must not fill the log. */
    public static void reported(AuditRecord row) {
        note(Level.DEBUG, row);
    }

    /** Logs text from people on one line, after the fields that people cannot choose. */
    private static void note(Level level, AuditRecord row) {
        if (!LOG.isEnabledForLevel(level)) {
            return;
        }
        String[] after = row.after().split(": ", 2);
        LOG.atLevel(level)
                .log(
                        "actor={} operation={} gid={} before={} after={} peer={} request={} reason={}{}",
                        // A proxy may send any name.
                        VisibleText.of(row.actor()).replace(" ", "\\u0020"),
                        row.act(),
                        // The gid of a refused action may be any text.
                        VisibleText.of(row.gid()).replace(" ", "\\u0020"),
                        VisibleText.of(row.before()),
                        VisibleText.of(after[0]),
                        row.peer(),
                        row.requestId(),
                        VisibleText.of(row.reason()),
                        after.length == 1 ? "" : " refusal=" + VisibleText.of(after[1]));
    }
}
