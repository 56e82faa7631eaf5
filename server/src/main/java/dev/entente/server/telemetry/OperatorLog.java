package dev.entente.server.telemetry;

import dev.entente.server.transaction.VisibleText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line per operator's act, on the logger {@code entente.audit}, for those who collect logs. The audit that counts
 * is the table's, written in the act's own commit. Thread-safe.
 */
public final class OperatorLog {
    private static final Logger LOG = LoggerFactory.getLogger("entente.audit");

    private OperatorLog() {}

    /** Notes an act that is durable. What people typed stays on one line. */
    public static void note(String actor, String act, String gid, String reason, String after) {
        LOG.info(
                "actor={} act={} gid={} after={} reason={}",
                VisibleText.of(actor),
                act,
                VisibleText.of(gid),
                after,
                VisibleText.of(reason));
    }
}
