package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import bank.v1.AccountServiceGrpc;
import bank.v1.DepositRequest;
import bank.v1.DepositResponse;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Loopback;
import dev.entente.client.Retry;
import dev.entente.participant.TestDatabase;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Several relays on one outbox; some relays are killed. */
class RelaysTest {
    private static final int KEYS = 8;
    private static final int PER_KEY = 60;

    private final OutboxFixture fixture;
    private final ExecutorService threads = Executors.newFixedThreadPool(6);

    RelaysTest() throws SQLException {
        fixture = new OutboxFixture("outbox_relays");
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        fixture.close();
    }

    /** Uses concurrent senders, a receiver that fails at random, and three relays. */
    @Test
    void each_key_keeps_its_order_and_no_message_is_delivered_twice() throws Exception {
        TestDatabase.execute(
                fixture.database, "create table counter (name varchar(64) primary key, n integer not null)");
        long seed = Long.getLong("entente.test.seed", 7);
        Random random = new Random(seed);
        fixture.receiver.behave(arrival -> {
            synchronized (random) {
                return random.nextInt(10) == 0 ? 503 : 200;
            }
        });
        OutboxRelay.Builder relay = fixture.relay().inFlight(10);
        relay.retry(Retry.fixed(Duration.ofMillis(10), 50));
        IntStream.range(0, 3).forEach(i -> fixture.start(relay));

        List<Callable<Void>> senders = new ArrayList<>();
        for (int i = 0; i < KEYS * PER_KEY; i++) {
            String key = "key-" + i % KEYS;
            boolean rolledBack = random.nextInt(10) == 0;
            senders.add(() -> TestDatabase.untilKept(() -> send(key, rolledBack)));
            if (i % 4 == 0) {
                senders.add(() -> {
                    fixture.enqueue(fixture.message("keyless 0"));
                    return null;
                });
            }
        }
        for (Future<Void> sent : threads.invokeAll(senders)) {
            sent.get();
        }

        await("seed " + seed).until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.concurrentIds).as("seed %d", seed).isEmpty();
        for (int key = 0; key < KEYS; key++) {
            String prefix = "key-" + key + " ";
            Set<Integer> order = new LinkedHashSet<>(fixture.receiver.takenBodies().stream()
                    .filter(body -> body.startsWith(prefix))
                    .map(body -> Integer.parseInt(body.substring(prefix.length())))
                    .toList());
            int sent = Integer.parseInt(
                    TestDatabase.text(fixture.database, "select n from counter where name = 'key-" + key + "'"));
            assertThat(order)
                    .as("%s, seed %d", prefix, seed)
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, sent).boxed().toList());
        }
        assertThat(fixture.receiver.taken)
                .extracting(HttpReceiver.Arrival::id)
                .as("no relay died, so each was taken once; seed %d", seed)
                .doesNotHaveDuplicates();
    }

    /** Messages for carriers and channels that a rolling deployment adds later. */
    static Stream<OutboxMessage> messagesForOthers() {
        byte[] payload = "{}".getBytes(StandardCharsets.UTF_8);
        return Stream.of(
                OutboxMessage.through("kafka", "orders", "", payload),
                OutboxMessage.through("http-2", "http://localhost:1", "", payload),
                OutboxMessage.toGrpc(
                        "stock.v1", AccountServiceGrpc.getDepositMethod(), DepositRequest.getDefaultInstance()),
                OutboxMessage.toGrpc(
                        "stock", AccountServiceGrpc.getDepositMethod(), DepositRequest.getDefaultInstance()));
    }

    @ParameterizedTest
    @MethodSource("messagesForOthers")
    void a_relay_takes_only_messages_of_its_own_carriers(OutboxMessage foreign) throws Exception {
        fixture.enqueue(
                foreign.id("keyless"),
                fixture.message("1").key("k"),
                foreign.id("second").key("k"),
                fixture.message("3").key("k"),
                foreign.id("first").key("other"));
        ManagedChannel channel = channel("localhost:1");
        OutboxRelay.Builder lacking = fixture.relay()
                .channel("stockXv1", channel)
                .carrier("kafka-2", (message, within) -> CompletableFuture.completedFuture(new Delivery.Delivered()));
        fixture.start(lacking);
        fixture.start(lacking);
        await().until(() -> fixture.receiver.takenBodies().contains("1") && fixture.count("entente_outbox") == 4);
        fixture.enqueue(fixture.message("after"));
        await().until(() -> fixture.receiver.takenBodies().contains("after") && fixture.count("entente_outbox") == 4);

        assertThat(fixture.receiver.takenBodies()).doesNotContain("3");
        assertThat(fixture.count("entente_outbox where attempts = 0 and last_error is null and parked_at is null"
                        + " and claim is null"))
                .isEqualTo(4);

        List<String> taken = new CopyOnWriteArrayList<>();
        Carrier taking = (message, within) -> {
            taken.add(message.id());
            return CompletableFuture.completedFuture(new Delivery.Delivered());
        };
        try (Loopback server = new Loopback(new Bank())) {
            ManagedChannel there = channel(server.target());
            fixture.start(fixture.relay()
                    .carrier("kafka", taking)
                    .carrier("http-2", taking)
                    .channel("stock.v1", there)
                    .channel("stock", there));
            await().until(fixture::isEmpty);
            server.arrivals.forEach(arrival -> taken.add(arrival.header("entente-gid")));
            there.shutdownNow();
        }
        assertThat(taken).containsExactlyInAnyOrder("keyless", "second", "first");
        assertThat(fixture.receiver.takenBodies()).contains("3");
        channel.shutdownNow();
    }

    private static ManagedChannel channel(String target) {
        return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .build();
    }

    private static final class Bank extends AccountServiceGrpc.AccountServiceImplBase {
        @Override
        public void deposit(DepositRequest request, StreamObserver<DepositResponse> answer) {
            answer.onNext(DepositResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }

    @Test
    void two_relays_share_the_work() throws Exception {
        CountDownLatch bothAtWork = new CountDownLatch(2);
        fixture.receiver.behave(arrival -> {
            bothAtWork.countDown();
            return bothAtWork.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS) ? 200 : 500;
        });
        OutboxRelay.Builder relay = fixture.relay().inFlight(1);
        fixture.enqueue(fixture.message("1"), fixture.message("2"));
        fixture.start(relay);
        fixture.start(relay);

        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.arrivals).hasSize(2);
    }

    @Test
    void a_delivery_in_progress_does_not_block_enqueues_for_its_key() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        fixture.receiver.behave(arrival -> {
            arrived.countDown();
            goOn.await();
            return 200;
        });
        fixture.start();
        fixture.start();
        fixture.enqueue(fixture.message("1").key("k"));
        arrived.await();
        fixture.enqueue(fixture.message("2").key("k"));
        fixture.enqueue(fixture.message("3").key("k"));
        goOn.countDown();

        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.takenBodies()).containsExactly("1", "2", "3");
    }

    @Test
    void the_result_of_an_expired_claim_is_not_recorded_for_a_later_claim() throws Exception {
        fixture.enqueue(fixture.message("1"));
        List<String> ids = List.of(TestDatabase.text(fixture.database, "select id from entente_outbox"));
        try (Connection connection = fixture.database.getConnection()) {
            OutboxRows rows = OutboxRows.on(connection);
            List<Claimed> taken = rows.take(1, Duration.ZERO, ids);
            rows.take(2, PatientAwaits.BOUND, ids);
            Chain over = new Chain(taken, 1, 0);
            Chain current = new Chain(taken, 2, 0);
            assertThat(rows.ours(List.of(over, current))).containsExactly(current);
        }
        List<String> claims = new CopyOnWriteArrayList<>();
        fixture.receiver.behave(arrival -> {
            claims.add(TestDatabase.text(fixture.database, "select claim from entente_outbox"));
            return claims.size() == 1 ? 503 : 200;
        });
        TestDatabase.execute(fixture.database, "update entente_outbox set taken_until = null");
        fixture.start(fixture.relay().retry(Retry.fixed(Duration.ofMillis(10), 50)));
        await().until(() -> fixture.isEmpty());
        assertThat(claims).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void a_relay_killed_during_a_batch_loses_no_message() throws Exception {
        int messages = 200;
        int keys = 50;
        CountDownLatch never = new CountDownLatch(1);
        fixture.receiver.behave(arrival -> {
            if (Integer.parseInt(arrival.body()) >= keys || fixture.receiver.taken.size() >= 20) {
                never.await(); // no key is complete when the relay is killed
            }
            return 200;
        });
        for (int i = 0; i < messages; i++) {
            fixture.enqueue(fixture.message(Integer.toString(i)).key("key-" + i % keys));
        }
        Process relay = relayProcess();
        try {
            await().until(() -> fixture.receiver.inFlightCount.get() >= 20 && fixture.receiver.taken.size() >= 20);
        } finally {
            relay.destroyForcibly().waitFor();
        }
        int takenBeforeTheKill = fixture.receiver.taken.size();
        assertThat(takenBeforeTheKill).isGreaterThanOrEqualTo(20);
        assertThat(fixture.count("entente_outbox"))
                .as("nothing of the batch was written down")
                .isEqualTo(messages);

        TestDatabase.execute(fixture.database, "update entente_outbox set taken_until = null"); // the claims expire
        fixture.receiver.behave(arrival -> 200);
        fixture.start();
        await().until(() -> fixture.isEmpty());
        assertThat(new LinkedHashSet<>(fixture.receiver.takenBodies())).hasSize(messages);
        assertThat(fixture.receiver.taken)
                .as("what was taken before the kill came again, under the same ids")
                .hasSizeGreaterThanOrEqualTo(messages + takenBeforeTheKill);
        assertThat(fixture.count("(select distinct id from entente_outbox_sent) sent"))
                .isEqualTo(messages);
    }

    @Test
    void a_message_claimed_by_another_relay_is_taken_after_the_claim_expires() throws SQLException {
        fixture.enqueue(
                fixture.message("1").id("m-1").key("k"), fixture.message("2").key("k"));
        claimByAnother("m-1", 3600);
        OutboxRelay relay = fixture.start();
        fixture.enqueue(fixture.message("other"));
        await().until(() -> fixture.count("entente_outbox_sent") == 1);
        assertThat(fixture.receiver.takenBodies()).containsExactly("other");

        claimByAnother("m-1", -1);
        relay.wake();
        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.takenBodies()).containsExactly("other", "1", "2");
    }

    @Test
    void the_result_of_a_claim_lost_to_another_relay_is_not_recorded() throws Exception {
        CountDownLatch arrived = new CountDownLatch(2);
        CountDownLatch goOn = new CountDownLatch(1);
        fixture.receiver.behave(arrival -> {
            arrived.countDown();
            goOn.await();
            return arrival.body().equals("fails") ? 503 : 200;
        });
        OutboxRelay relay = fixture.start();
        fixture.enqueue(
                fixture.message("taken").id("m-1").key("k"),
                fixture.message("fails").id("m-2"));
        arrived.await();
        claimByAnother("m-1", 3600);
        claimByAnother("m-2", 3600);
        goOn.countDown();
        fixture.enqueue(fixture.message("behind").key("k"), fixture.message("other"));
        await().until(() -> fixture.count("entente_outbox_sent") == 1);

        assertThat(fixture.count("entente_outbox where claim = 4711 and attempts = 0"))
                .isEqualTo(2);
        assertThat(fixture.receiver.takenBodies()).containsExactlyInAnyOrder("taken", "other");
        fixture.receiver.behave(arrival -> 200);
        claimByAnother("m-1", -1);
        claimByAnother("m-2", -1);
        relay.wake();
        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.takenBodies()).contains("fails", "behind");
    }

    private void claimByAnother(String id, int seconds) throws SQLException {
        String until = TestDatabase.sql(
                "now() + interval '" + seconds + " s'", "utc_timestamp(6) + interval " + seconds + " second");
        TestDatabase.execute(
                fixture.database,
                "update entente_outbox set claim = 4711, taken_until = " + until + " where id = '" + id + "'");
    }

    /** Sends the next number of the key. The lock on the counter's row orders the transactions of a key. */
    private Void send(String key, boolean rolledBack) throws SQLException {
        String add = "insert into counter values (?, 1) "
                + TestDatabase.sql(
                        "on conflict (name) do update set n = counter.n + 1", "on duplicate key update n = n + 1");
        try (Connection connection = fixture.database.getConnection();
                PreparedStatement insert = connection.prepareStatement(add);
                PreparedStatement count = connection.prepareStatement("select n from counter where name = ?")) {
            connection.setAutoCommit(false);
            insert.setString(1, key);
            insert.executeUpdate();
            count.setString(1, key);
            try (ResultSet row = count.executeQuery()) {
                row.next();
                fixture.outbox.enqueue(
                        connection, fixture.message(key + " " + row.getInt(1)).key(key));
            }
            if (rolledBack) {
                connection.rollback();
            } else {
                connection.commit();
            }
        }
        return null;
    }

    private Process relayProcess() throws IOException {
        String url = TestDatabase.url(fixture.database);
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RelayProcess.class.getName(),
                        url,
                        TestDatabase.isPooled() || TestDatabase.isMariadb() ? "PT0.05S" : "PT5S")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
