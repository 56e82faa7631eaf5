package dev.entente.outbox;

import dev.entente.wire.TraceParent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The statements of one enqueue, in one round trip.
 *
 * <p><b>Order.</b> Transactions of one key pass one at a time (an advisory lock until their end), so positions within a
 * key are in the order of commits, and whoever sees one sees all before it.
 *
 * <p><b>Waiting.</b> A message behind others of its key is not due, or else relays would read a blocked key's whole
 * queue again with each claim. No row is locked for that, so nobody who delivers waits for the transaction: the one
 * ahead may be gone at the commit, and whoever took it away looks again then ({@link TurnStatements}). A transaction
 * that goes on with an old snapshot may see one ahead that left before it got the key's lock, so its message is due in
 * any case.
 */
final class EnqueueStatement {
    static final String CHANNEL = "entente_outbox";

    private static final String WAKE = "select pg_notify('" + CHANNEL + "', '');";
    private static final String COLUMNS =
            "insert into entente_outbox (id, kind, address, method, destination, headers, payload, ordering_key,"
                    + " due_at)";
    private static final String INSERT = COLUMNS + " values (?, ?, ?, ?, ?, ?, ?, null, now());";
    private static final String LOCK_KEY = "select pg_advisory_xact_lock(hashtext('entente_outbox'), hashtext(?));";
    static final String INSERT_KEYED = COLUMNS + """
         select ?, ?, ?, ?, ?, ?, ?, ?, case when current_setting('transaction_isolation') = 'read committed'
          and exists (select from entente_outbox ahead where ahead.ordering_key = ?) then null else now() end;
        """;

    private EnqueueStatement() {}

    static void run(Connection connection, OutboxMessage message, String id, boolean wakesRelays) throws SQLException {
        String key = message.key();
        String sql = (key == null ? INSERT : LOCK_KEY + INSERT_KEYED) + (wakesRelays ? WAKE : "");
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            int next = 1;
            if (key != null) {
                insert.setString(next++, key);
            }
            insert.setString(next++, id);
            insert.setString(next++, message.carrier());
            insert.setString(next++, message.address());
            insert.setString(next++, message.method());
            insert.setString(next++, Destination.of(message.carrier(), message.address()));
            insert.setArray(
                    next++, connection.createArrayOf("text", headers(message).toArray()));
            insert.setBytes(next++, message.payload().toByteArray());
            if (key != null) {
                insert.setString(next++, key);
                insert.setString(next, key);
            }
            insert.execute();
        }
    }

    /** Names and values by turns; the trace that the business transaction belongs to goes along. */
    private static List<String> headers(OutboxMessage message) {
        List<String> flat = new ArrayList<>();
        for (Map.Entry<String, String> header : message.headers().entrySet()) {
            flat.add(header.getKey());
            flat.add(header.getValue());
        }
        TraceParent.current().ifPresent(trace -> {
            flat.add(TraceParent.KEY.name());
            flat.add(trace.header());
        });
        return flat;
    }
}
