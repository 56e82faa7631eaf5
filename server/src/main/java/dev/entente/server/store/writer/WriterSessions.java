package dev.entente.server.store.writer;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of server sessions of dead incarnations' writers. A host that vanishes in mid-batch sends nothing more. Its
 * backend waits for the rest of the batch and keeps its locks. A takeover skips the locked rows, and the gids block
 * other writers. Thread-safe.
 */
final class WriterSessions {
    private static final Logger LOG = LoggerFactory.getLogger(WriterSessions.class);
    /** The time that an ended backend needs until its locks are free. */
    private static final int GONE_MILLIS = 2000;

    private final Jdbi jdbi;
    private final long incarnation;
    private final AtomicBoolean isRefusalReported = new AtomicBoolean();

    WriterSessions(Jdbi jdbi, long incarnation) {
        this.jdbi = jdbi;
        this.incarnation = incarnation;
    }

    /** Returns the application name of the session that writes for an incarnation. */
    static String name(long incarnation) {
        return "entente writer " + incarnation;
    }

    /**
     * Ends the sessions of a dead incarnation, and waits briefly until they are gone. A refusal or a missing answer is
     * accepted: the server ends the sessions later. Blocks.
     *
     * @param dead declared dead; no further write of the incarnation may succeed
     */
    void end(long dead) {
        if (dead == incarnation) {
            return;
        }
        try {
            int ended = jdbi.withHandle(handle -> handle.createQuery("""
                select pg_terminate_backend(pid, :wait) from pg_stat_activity
                where application_name = :name and datname = current_database() and pid <> pg_backend_pid()\
                """)
                    .bind("wait", GONE_MILLIS)
                    .bind("name", name(dead))
                    .mapTo(Boolean.class)
                    .list()
                    .size());
            if (ended > 0) {
                LOG.info("coordinator incarnation {} is dead; ended {} database sessions that it left", dead, ended);
            }
        } catch (JdbiException e) {
            if (isRefusalReported.compareAndSet(false, true)) {
                LOG.warn(
                        "could not end the database session of the dead coordinator incarnation {} ({}): its locks stay"
                                + " until the database notices; use the same database user for every coordinator",
                        dead,
                        e.getMessage());
            }
        }
    }
}
