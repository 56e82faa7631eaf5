package dev.entente.server.store;

import dev.entente.core.transaction.VisibleText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A line of the logger {@code entente.audit} for each row of the audit, for those who collect logs. The audit that
 * counts is the table. Thread-safe.
 */
public final class AuditLines {
    private static final Logger LOG = LoggerFactory.getLogger("entente.audit");

    private AuditLines() {}

    /** Notes an act that is durable. */
    public static void done(AuditRecord row) {
        note(Level.INFO, row);
    }

    /** Notes a failure, a read or a probe, at DEBUG: whoever is refused often must not fill a log. */
    public static void told(AuditRecord row) {
        note(Level.DEBUG, row);
    }

    /** Keeps what people typed on one line, and behind what they cannot choose. */
    private static void note(Level level, AuditRecord row) {
        if (!LOG.isEnabledForLevel(level)) {
            return;
        }
        String[] after = row.after().split(": ", 2);
        LOG.atLevel(level)
                .log(
                        "actor={} act={} gid={} before={} after={} peer={} request={} reason={}{}",
                        VisibleText.of(row.actor()),
                        row.act(),
                        // One of an act that was refused may be any text, and no gid.
                        VisibleText.of(row.gid()).replace(" ", "\\u0020"),
                        VisibleText.of(row.before()),
                        VisibleText.of(after[0]),
                        row.peer(),
                        row.requestId(),
                        VisibleText.of(row.reason()),
                        after.length == 1 ? "" : " refusal=" + VisibleText.of(after[1]));
    }
}
