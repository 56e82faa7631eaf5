package dev.entente.bench.outbox;

import dev.entente.bench.peer.PeerParticipant;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The outbox of an author with some time: it locks a hundred rows, calls for all, waits for the last answer, marks
 * them, commits. It works on the tables of the SDK. So did the SDK's relay, until each row named its relay.
 */
final class OneBatchPolling implements OutboxQueue.Emptying {
    private static final String CLAIM = """
        select o.id, o.address, o.payload from entente_outbox o where o.due_at <= now()
        order by o.due_at, o.position limit 100 for update of o skip locked
        """;

    private static final String SENT = """
        with gone as (
          delete from entente_outbox where id = any (?)
          returning id, ordering_key, kind, address, method, attempts, enqueued_at)
        insert into entente_outbox_sent (id, ordering_key, kind, address, method, attempts, outcome, note, enqueued_at)
        select id, ordering_key, kind, address, method, attempts + 1, 'sent', null, enqueued_at from gone
        """;

    private static final String LATER =
            "update entente_outbox set attempts = attempts + 1, due_at = now() + interval '1 s' where id = any (?)";
    private static final String INDEX =
            "create index if not exists bench_due on entente_outbox (due_at, position) where due_at is not null";
    /** As the relay's call timeout. */
    private static final long CALL_SECONDS = 10;

    private final Thread thread;
    private volatile boolean closing;

    private OneBatchPolling(String url, Map<String, Channel> channels) {
        thread = Thread.ofPlatform().name("one-batch").unstarted(() -> run(url, channels));
    }

    static OneBatchPolling start(String url, Map<String, Channel> channels) {
        OneBatchPolling polling = new OneBatchPolling(url, channels);
        polling.thread.start();
        return polling;
    }

    private record Sent(String id, CompletableFuture<Boolean> delivered) {}

    private void run(String url, Map<String, Channel> channels) {
        try (Connection connection = DriverManager.getConnection(url)) {
            connection.createStatement().execute(INDEX);
            connection.createStatement().execute("set enable_seqscan = off; set enable_bitmapscan = off");
            connection.setAutoCommit(false);
            while (!closing) {
                batch(connection, channels);
                connection.commit();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void batch(Connection connection, Map<String, Channel> channels) throws SQLException {
        List<Sent> batch = new ArrayList<>();
        try (PreparedStatement claim = connection.prepareStatement(CLAIM);
                ResultSet rows = claim.executeQuery()) {
            while (rows.next()) {
                Channel channel = Objects.requireNonNull(channels.get(rows.getString("address")));
                batch.add(new Sent(rows.getString("id"), call(channel, rows.getBytes("payload"))));
            }
        }
        mark(connection, SENT, batch.stream().filter(sent -> sent.delivered().join()));
        mark(connection, LATER, batch.stream().filter(sent -> !sent.delivered().join()));
    }

    private static void mark(Connection connection, String sql, Stream<Sent> which) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.setArray(
                    1, connection.createArrayOf("text", which.map(Sent::id).toArray()));
            update.executeUpdate();
        }
    }

    private static CompletableFuture<Boolean> call(Channel channel, byte[] payload) {
        CompletableFuture<Boolean> delivered = new CompletableFuture<>();
        ClientCall<byte[], byte[]> call = channel.newCall(
                PeerParticipant.ACT, CallOptions.DEFAULT.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS));
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        delivered.complete(status.isOk());
                    }
                },
                new Metadata());
        call.request(2);
        call.sendMessage(payload);
        call.halfClose();
        return delivered;
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
