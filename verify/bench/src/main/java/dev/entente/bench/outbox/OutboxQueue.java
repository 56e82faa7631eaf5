package dev.entente.bench.outbox;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxRelay;
import dev.entente.rig.AskedDatabase;
import io.grpc.Channel;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** One subject's tables, filled, and what empties them by calling the participant. Not thread-safe. */
public final class OutboxQueue {
    /** About the size of an event with a few fields. */
    public static final int PAYLOAD_BYTES = 200;
    /** A full queue where windows are short. */
    private static final long FEWEST_PENDING = 80_000;

    private final OutboxSubject subject;
    private final AskedDatabase database;
    private final Channel participant;
    private final Channel hanging;

    /**
     * @param database an empty one
     * @param hanging is called where the subject has a destination that answers nothing
     */
    public OutboxQueue(OutboxSubject subject, AskedDatabase database, Channel participant, Channel hanging) {
        this.subject = subject;
        this.database = database;
        this.participant = participant;
        this.hanging = hanging;
    }

    public OutboxSubject subject() {
        return subject;
    }

    /** @param sentBehind how many sent messages those subjects get that have any */
    public void create(long sentBehind) throws SQLException {
        if (subject == OutboxSubject.ONE_ROW) {
            database.change(OneRowPolling.DDL);
            return;
        }
        Outbox.postgres().createTables(database.dataSource());
        if (subject.hasSentBehind()) {
            database.change("""
                insert into entente_outbox_sent (id, kind, address, method, attempts, outcome, enqueued_at, ended_at)
                select lpad(n::text, 36, '0'), 'grpc', 'participant', 'bench.v1.Participant/Act', 1, 'sent', at, at
                from (select n, now() - interval '3 days' + n * interval '10 ms' as at from generate_series(1, %d) n) sent
                """.formatted(sentBehind));
            database.change("vacuum (analyze) entente_outbox_sent");
        }
    }

    /** Enqueues more than the subject delivers in a window; not measured. Ids sort by time, as the SDK's do. */
    public void fill(Duration window) throws SQLException {
        long pending = Math.max(FEWEST_PENDING, window.toMillis() * subject.mostPerSecond() / 1000);
        if (subject == OutboxSubject.ONE_ROW) {
            long missing = pending - database.number("select count(*) from message where sent_at is null");
            database.change("insert into message (payload) select convert_to(repeat('x', " + PAYLOAD_BYTES
                    + "), 'UTF8') from generate_series(1, " + Math.max(0, missing) + ")");
        } else {
            String key = subject.keys() == 0 ? "null" : "'key-' || n % " + subject.keys();
            String due = subject.keys() == 0 ? "now()" : "case when n <= " + subject.keys() + " then now() end";
            database.change(
                    "truncate entente_outbox"); // keys in order: only the first of each is due, as relays leave them
            String address = "'participant-' || n % " + subject.destinations();
            database.change("insert into entente_outbox (id, ordering_key, kind, address, method, destination, headers,"
                    + " payload, due_at) select uuidv7()::text, " + key + ", 'grpc', " + address
                    + ", 'bench.v1.Participant/Act', 'grpc ' || " + address + ", '', convert_to(repeat('x', "
                    + PAYLOAD_BYTES + "), 'UTF8'), " + due
                    + " from generate_series(1, " + pending + ") n");
        }
        database.change("vacuum (analyze) " + table());
    }

    /** Tells whether nothing is left that its receivers would have taken. */
    public boolean ranDry() throws SQLException {
        String taken = subject == OutboxSubject.ONE_ROW
                ? "select count(*) from (select from message where sent_at is null limit 1) one"
                : "select count(*) from (select from entente_outbox where address not in ("
                        + (subject.hasHanging() ? "'participant-" + (subject.destinations() - 1) + "'" : "''")
                        + ") limit 1) one";
        return database.number(taken) == 0;
    }

    /** How many messages are marked as sent. */
    public long sent() throws SQLException {
        return subject == OutboxSubject.ONE_ROW
                ? database.number("select count(*) from message where sent_at is not null")
                : database.number("select count(*) from entente_outbox_sent where ended_at > now() - interval '2 hours'"
                        + " and enqueued_at > now() - interval '2 hours'");
    }

    /** Empties the queue. Closing ends that, once the messages under way are marked. */
    public interface Emptying extends AutoCloseable {
        @Override
        void close();
    }

    /** Starts to empty it. */
    public Emptying start() {
        if (subject == OutboxSubject.ONE_ROW) {
            return new OneRowPolling(database, participant).start();
        }
        if (subject.isOneBatch()) {
            return new OneBatchPolling(database, channels()).start();
        }
        OutboxRelay.Builder relay = OutboxRelay.from(database.dataSource()).keepSent(Duration.ofDays(30));
        channels().forEach(relay::channel);
        return relay.start()::close;
    }

    private Map<String, Channel> channels() {
        Map<String, Channel> channels = new HashMap<>();
        for (int i = 0; i < subject.destinations(); i++) {
            boolean isLast = i == subject.destinations() - 1;
            channels.put("participant-" + i, subject.hasHanging() && isLast ? hanging : participant);
        }
        return channels;
    }

    private String table() {
        return subject == OutboxSubject.ONE_ROW ? "message" : "entente_outbox";
    }
}
