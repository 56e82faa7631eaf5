package dev.entente.server.store.writer;

import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.telemetry.Metrics;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the rows that the database refuses, and tells them from failures that are no row's. A row without blame is set
 * aside, and sent again later. For the writer's thread.
 */
final class BadRowSearch {
    private static final Logger LOG = LoggerFactory.getLogger(BadRowSearch.class);

    /**
     * How often in a row an owner's write is refused alone, while others are written, before it is a defect: about five
     * seconds.
     */
    private static final int MAX_BLAMED = 10;

    private final WriterLink link;
    private final SetAside aside;
    private final PendingAnswers answers;
    private final Metrics metrics;

    BadRowSearch(WriterLink link, SetAside aside, PendingAnswers answers, Metrics metrics) {
        this.link = link;
        this.aside = aside;
        this.answers = answers;
        this.metrics = metrics;
    }

    /**
     * Sets aside the kinds that the database does not take at all. Returns what is to be sent again at once, in the
     * order of a stack.
     */
    List<Batch> refused(WriterConnection connection, Batch batch, SQLException e, Attempts attempts) {
        if (batch.size() > 1 && attempts.isProbed()) {
            return batch.halves().reversed();
        }
        attempts.probed();
        RowProbe probe = new RowProbe(connection);
        List<Pending> suspects = new ArrayList<>();
        List<Pending> innocent = new ArrayList<>();
        batch.byKind().forEach(kind -> (probe.isWritten(kind.getFirst()) ? suspects : innocent).addAll(kind));
        innocent.forEach(Pending::acquitted);
        setAside(innocent, "database", e);
        if (!innocent.isEmpty()) {
            return Batch.ofAny(suspects);
        } else if (suspects.size() > 1) {
            return batch.halves().reversed();
        }
        blame(suspects.getFirst(), e);
        return List.of();
    }

    /**
     * Another row of the same kind is written. A request is refused at once; what an owner tells has happened already.
     */
    private void blame(Pending alone, SQLException e) {
        if (alone.isRefusable() || alone.blamed() >= MAX_BLAMED) {
            refuse(List.of(alone), e);
        } else {
            setAside(List.of(alone), "row", e);
        }
    }

    void setAside(List<Pending> operations, String cause, SQLException e) {
        metrics.writesRepeated(cause, operations.size());
        for (Pending pending : operations) {
            boolean hasWaited = pending.nanosSetAside(System.nanoTime()) > link.patienceNanos();
            if (pending.isRefusable() && (hasWaited || aside.isFull())) {
                String why = "the database does not write " + pending.gid() + "; nothing was written";
                answers.refuse(List.of(pending), new StoreUnavailable(why, e));
            } else if (Long.bitCount(aside.add(pending)) == 1) {
                LOG.warn(
                        "the database refuses some writes for now, retrying, such as one of {}: {}",
                        pending.gid(),
                        DatabaseFault.line(e));
            }
        }
    }

    void refuse(List<Pending> operations, SQLException e) {
        String gid = operations.getFirst().gid();
        LOG.error("the database refuses a write of {}: {}", gid, DatabaseFault.line(e));
        answers.refuse(
                operations,
                new StoreFailure("the database refuses a write of " + gid + ": " + DatabaseFault.line(e), e));
    }
}
