package dev.entente.bench.outbox;

import dev.entente.bench.peer.PeerParticipant;
import dev.entente.bench.peer.RawCalls;
import dev.entente.rig.AskedDatabase;
import io.grpc.Channel;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * The outbox that is written when nobody has much time: one message after another, each in a transaction of its own.
 */
final class OneRowPolling extends Polling {
    static final String DDL = """
        create table message (
          id         bigint generated always as identity primary key,
          payload    bytea not null,
          created_at timestamptz not null default now(),
          sent_at    timestamptz);
        create index message_pending on message (id) where sent_at is null;
        """;

    private static final String CLAIM =
            "select id, payload from message where sent_at is null order by id limit 1 for update skip locked";
    private static final String MARK = "update message set sent_at = now() where id = ?";

    private final Channel participant;

    OneRowPolling(AskedDatabase database, Channel participant) {
        super("one-row", database);
        this.participant = participant;
    }

    @Override
    void deliver(Connection connection) throws SQLException {
        List<Map.Entry<Long, byte[]>> one =
                AskedDatabase.rows(connection, row -> Map.entry(row.getLong(1), row.getBytes(2)), CLAIM);
        if (one.isEmpty()) {
            throw new IllegalStateException("the queue ran empty within a window; fill it with more");
        }
        RawCalls.callAndWait(participant, PeerParticipant.ACT, one.getFirst().getValue());
        AskedDatabase.update(connection, MARK, one.getFirst().getKey());
    }
}
