package dev.entente.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is written when deliveries have ended, by whoever holds the locks of {@link ClaimStatements}. */
final class SettleStatements {
    static final String SENT = """
        with gone as (
          delete from entente_outbox where id = any (?)
          returning id, ordering_key, kind, address, method, attempts, enqueued_at)
        insert into entente_outbox_sent (id, ordering_key, kind, address, method, attempts, outcome, note, enqueued_at)
        select id, ordering_key, kind, address, method, attempts + ?, ?, ?, enqueued_at from gone
        """;

    static final String RETRY = """
        update entente_outbox set attempts = ?, last_error = ?, parked_at = null,
          due_at = clock_timestamp() + ? * interval '1 millisecond'
        where id = ?
        """;

    static final String PARK = """
        update entente_outbox set attempts = ?, last_error = ?, parked_at = clock_timestamp(), due_at = null where id = ?
        """;

    /** In a statement of its own, after the first one is gone: it sees all that may wait behind that one. */
    static final String NEXT = """
        update entente_outbox set due_at = now()
        where due_at is null and parked_at is null and id = (
          select id from entente_outbox where ordering_key = ? order by position limit 1)
        """;

    /**
     * Those that came while we held the first one; see {@link EnqueueStatement}. Ordered and limited, so that it is read
     * by its key whatever the statistics say; what is left over is due in vain until the next time.
     */
    static final String WAIT = """
        update entente_outbox set due_at = null where id = any (array(
          select n.id from entente_outbox n where n.ordering_key = ? and n.due_at is not null and n.position > ?
          order by n.position limit 1000))
        """;

    private SettleStatements() {}

    static void sent(Connection connection, Collection<String> ids) throws SQLException {
        gone(connection, ids, 1, "sent", null);
    }

    /**
     * Moves messages to those that have ended.
     *
     * @param attempts those since the last that was written
     */
    static void gone(Connection connection, Collection<String> ids, int attempts, String outcome, @Nullable String note)
            throws SQLException {
        try (PreparedStatement move = connection.prepareStatement(SENT)) {
            move.setArray(1, connection.createArrayOf("text", ids.toArray()));
            move.setInt(2, attempts);
            move.setString(3, outcome);
            move.setString(4, note);
            move.executeUpdate();
        }
    }

    /**
     * A message that is to be attempted again, or that a person has to look at.
     *
     * @param pause until the next attempt; null parks it
     */
    record Failed(Claimed message, String error, @Nullable Duration pause) {}

    static void failed(Connection connection, List<Failed> failures) throws SQLException {
        try (PreparedStatement retry = connection.prepareStatement(RETRY);
                PreparedStatement park = connection.prepareStatement(PARK)) {
            for (Failed failure : failures) {
                PreparedStatement update = failure.pause() == null ? park : retry;
                int next = 1;
                update.setInt(next++, failure.message().attempts() + 1);
                update.setString(next++, failure.error());
                if (failure.pause() != null) {
                    update.setLong(next++, failure.pause().toMillis());
                }
                update.setString(next, failure.message().id());
                update.addBatch();
            }
            retry.executeBatch();
            park.executeBatch();
        }
    }

    /** Whatever is first of these keys now, and waits for nothing else, is due. */
    static void makeNextDue(Connection connection, Collection<String> keys) throws SQLException {
        try (PreparedStatement next = connection.prepareStatement(NEXT)) {
            for (String key : keys) {
                next.setString(1, key);
                next.addBatch();
            }
            next.executeBatch();
        }
    }

    /** Whatever is due behind these, which are the first of their keys and stay it, waits. */
    static void makeOthersWait(Connection connection, Collection<Claimed> first) throws SQLException {
        try (PreparedStatement wait = connection.prepareStatement(WAIT)) {
            for (Claimed message : first) {
                wait.setString(1, message.key());
                wait.setLong(2, message.position());
                wait.addBatch();
            }
            wait.executeBatch();
        }
    }
}
