package dev.entente.bench.outbox;

import com.google.common.util.concurrent.ListenableFuture;
import dev.entente.bench.peer.PeerParticipant;
import dev.entente.rig.AskedDatabase;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.ClientCalls;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The outbox of an author with some time: it locks a hundred rows, calls for all, waits for the last answer, marks
 * them, commits. It works on the tables of the SDK. So did the SDK's relay, until each row named its relay.
 */
final class OneBatchPolling extends Polling {
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

    private final Map<String, Channel> channels;

    OneBatchPolling(AskedDatabase database, Map<String, Channel> channels) {
        super("one-batch", database);
        this.channels = channels;
    }

    private record Sent(String id, ListenableFuture<byte[]> answer) {
        boolean isDelivered() {
            try {
                answer.get();
                return true;
            } catch (ExecutionException refused) {
                return false;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    void prepare(Connection connection) throws SQLException {
        AskedDatabase.update(connection, INDEX);
        AskedDatabase.update(connection, "set enable_seqscan = off; set enable_bitmapscan = off");
    }

    @Override
    void deliver(Connection connection) throws SQLException {
        List<Sent> batch = AskedDatabase.rows(
                connection, row -> new Sent(row.getString(1), call(row.getString(2), row.getBytes(3))), CLAIM);
        mark(connection, SENT, batch.stream().filter(Sent::isDelivered));
        mark(connection, LATER, batch.stream().filter(sent -> !sent.isDelivered()));
    }

    private static void mark(Connection connection, String sql, Stream<Sent> which) throws SQLException {
        AskedDatabase.update(connection, sql, (Object) which.map(Sent::id).toArray(String[]::new));
    }

    private ListenableFuture<byte[]> call(String address, byte[] payload) {
        Channel channel = Objects.requireNonNull(channels.get(address), address);
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
        return ClientCalls.futureUnaryCall(channel.newCall(PeerParticipant.ACT, options), payload);
    }
}
