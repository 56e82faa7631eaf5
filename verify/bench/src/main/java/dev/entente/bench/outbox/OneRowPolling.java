package dev.entente.bench.outbox;

import dev.entente.bench.peer.PeerParticipant;
import dev.entente.bench.peer.RawCalls;
import io.grpc.Channel;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The outbox that is written when nobody has much time: one message after another, each in a transaction of its own.
 */
final class OneRowPolling implements OutboxQueue.Emptying {
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

    private final Thread thread;
    private volatile boolean closing;

    private OneRowPolling(String url, Channel participant) {
        thread = Thread.ofPlatform().name("one-row").unstarted(() -> run(url, participant));
    }

    static OneRowPolling start(String url, Channel participant) {
        OneRowPolling polling = new OneRowPolling(url, participant);
        polling.thread.start();
        return polling;
    }

    private void run(String url, Channel participant) {
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement claim = connection.prepareStatement(CLAIM);
                PreparedStatement mark = connection.prepareStatement(MARK)) {
            connection.setAutoCommit(false);
            while (!closing) {
                deliverOne(claim, mark, participant);
                connection.commit();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void deliverOne(PreparedStatement claim, PreparedStatement mark, Channel participant)
            throws SQLException {
        try (ResultSet row = claim.executeQuery()) {
            if (!row.next()) {
                throw new IllegalStateException("the queue ran empty within a window; fill it with more");
            }
            RawCalls.callAndWait(participant, PeerParticipant.ACT, row.getBytes("payload"));
            mark.setLong(1, row.getLong("id"));
            mark.executeUpdate();
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
