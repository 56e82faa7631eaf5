package dev.entente.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Statements that record the end of deliveries. They leave rows alone that name another relay by now: that relay found
 * our lock free, and delivers them.
 */
final class SettleStatements {
    static final String SENT = """
        with gone as (
          delete from entente_outbox where id = any (?) and coalesce(relay, ?) = ?
          returning id, ordering_key, kind, address, method, attempts, enqueued_at)
        insert into entente_outbox_sent (id, ordering_key, kind, address, method, attempts, outcome, note, enqueued_at)
        select id, ordering_key, kind, address, method, attempts + ?, ?, ?, enqueued_at from gone
        """;

    static final String RETRY = """
        update entente_outbox set attempts = ?, last_error = ?, parked_at = null, relay = null,
          first_tried_at = coalesce(first_tried_at, now()), due_at = clock_timestamp() + ? * interval '1 millisecond'
        where id = ? and coalesce(relay, ?) = ?
        """;

    static final String PARK = """
        update entente_outbox set attempts = ?, last_error = ?, parked_at = clock_timestamp(), due_at = null, relay = null
        where id = ? and coalesce(relay, ?) = ?
        """;

    static final String GIVE_BACK = "update entente_outbox set relay = null where id = any (?) and relay = ?";

    private SettleStatements() {}

    /**
     * How a message ended.
     *
     * @param attempts those since the last that was written
     * @param note why, where a person decided it
     */
    record End(int attempts, String outcome, @Nullable String note) {
        static final End SENT = new End(1, "sent", null);

        /** It was given up by a person. */
        static End skipped(String why) {
            return new End(0, "skipped", why);
        }
    }

    static void gone(Connection connection, long relay, Collection<String> ids, End end) throws SQLException {
        try (PreparedStatement move = connection.prepareStatement(SENT)) {
            move.setArray(1, connection.createArrayOf("text", ids.toArray()));
            move.setLong(2, relay);
            move.setLong(3, relay);
            move.setInt(4, end.attempts());
            move.setString(5, end.outcome());
            move.setString(6, end.note());
            move.executeUpdate();
        }
    }

    /**
     * A message that is to be attempted again, or that a person has to look at.
     *
     * @param pause until the next attempt; null parks it
     */
    record Failed(
            OutgoingMessage message, String error, @Nullable Duration pause) {}

    static void failed(Connection connection, long relay, List<Failed> failures) throws SQLException {
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
                update.setString(next++, failure.message().id());
                update.setLong(next++, relay);
                update.setLong(next, relay);
                update.addBatch();
            }
            retry.executeBatch();
            park.executeBatch();
        }
    }

    /** Frees rows that name this relay, undelivered. */
    static void giveBack(Connection connection, long relay, Collection<String> ids) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(GIVE_BACK)) {
            update.setArray(1, connection.createArrayOf("text", ids.toArray()));
            update.setLong(2, relay);
            update.executeUpdate();
        }
    }

    /** Reads a column of texts. */
    static List<String> texts(ResultSet rows) throws SQLException {
        List<String> texts = new ArrayList<>();
        while (rows.next()) {
            texts.add(String.valueOf(rows.getString(1)));
        }
        return texts;
    }
}
