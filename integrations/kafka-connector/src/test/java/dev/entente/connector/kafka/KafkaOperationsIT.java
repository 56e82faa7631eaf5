package dev.entente.connector.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import dev.entente.backends.CommittedRecords;
import dev.entente.backends.KafkaBroker;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Outcome;
import dev.entente.client.Participant;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import dev.entente.client.TransactionRefused;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.server.cli.CommandLine;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.ResourceLockTarget;

/**
 * Tests operations that send records, with a real coordinator, the built connector, a real broker and a real
 * PostgreSQL. Each test reads only records of its own transactions, so the tests run concurrently.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(value = KafkaOperationsIT.PROCESSES, mode = ResourceAccessMode.READ, target = ResourceLockTarget.CHILDREN)
final class KafkaOperationsIT {
    /** The name of the lock on the processes. The test that kills the processes holds the lock exclusively. */
    static final String PROCESSES = "broker and coordinator";

    private static Playground playground;
    private static KafkaBroker broker;
    private static RigCoordinator coordinator;
    private static Entente entente;

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        broker = playground.keep(new KafkaBroker());
        Shop shop = playground.keep(new Shop());
        // Until its first send, the coordinator needs only the broker's address.
        CompletableFuture<Void> brokerIsReady = CompletableFuture.runAsync(KafkaOperationsIT::startBroker);
        Path properties = playground.folder().resolve("kafka.properties");
        Files.writeString(properties, "compression.type=lz4\nlinger.ms=2\n");
        Map<String, String> options = new TreeMap<>();
        options.put(
                "connectors.directory",
                Path.of("target", "connectors").toAbsolutePath().toString());
        options.put("participants.events.properties", properties.toString());
        options.put("participants.events.topics", "orders, small, none*");
        options.put("lease", "30s");
        Map<String, String> targets = Map.of("events", "kafka://" + broker.address(), "shop", shop.url());
        coordinator = playground.startCoordinator("node-1", 0, 0, targets, options);
        entente = Entente.builder(coordinator.ready().grpc()).build();
        brokerIsReady.join();
    }

    private static void startBroker() {
        try {
            broker.start();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        broker.createTopic("orders", 4);
        broker.createTopic("small", 1, Map.of("max.message.bytes", "1000"));
    }

    @AfterAll
    static void stop() {
        entente.close();
        playground.close();
    }

    private static Participant events() {
        return entente.participant("events");
    }

    /**
     * A saga that charges before and after the record is sent. The saga compensates the record if the account is {@code
     * unknown}.
     */
    private static Saga order(String gid, String account) {
        Retry patient = Retry.exponential(Duration.ofMillis(200), Duration.ofSeconds(8), 8);
        Saga saga = entente.saga("order").gid(gid).retry(patient);
        Step<String> charge = saga.step(
                        "charge", entente.participant("shop").post("/charges").jsonBody("{}"))
                .nothingToUndo();
        Step<String> reported = saga.step(
                        "tell",
                        events().topic("orders")
                                .key(gid)
                                .header("x-kind", "placed")
                                .jsonBody("{\"order\":\"" + gid + "\",\"charge\":null}")
                                .require("/charge", charge.response().field("/charge/id")))
                .compensateWith(events().topic("orders").key(gid).header("x-kind", "cancelled"));
        saga.step("check", entente.participant("shop").post("/charges").jsonBody("{\"account\":\"" + account + "\"}"))
                .nothingToUndo();
        return saga.result(reported);
    }

    private static List<ConsumerRecord<byte[], byte[]>> recordsOf(String gid) {
        return CommittedRecords.of(broker, "orders").stream()
                .filter(record -> CommittedRecords.header(record, "entente-gid").equals(gid))
                .toList();
    }

    private static Transaction ended(String gid) {
        return entente.transactions().await(gid, PatientAwaits.BOUND).orThrow();
    }

    @Test
    void a_record_is_sent_with_its_key_headers_and_bound_values() {
        Transaction done =
                order("good", "alice").submitAndWait(PatientAwaits.BOUND).orThrow();

        List<ConsumerRecord<byte[], byte[]>> sent = recordsOf("good");
        assertThat(sent).hasSize(1);
        ConsumerRecord<byte[], byte[]> record = sent.getFirst();
        assertThat(new String(record.key(), StandardCharsets.UTF_8)).isEqualTo("good");
        assertThat(new String(record.value(), StandardCharsets.UTF_8))
                .isEqualTo("{\"order\":\"good\",\"charge\":\"c-7\"}");
        assertThat(CommittedRecords.id(record)).isEqualTo("good/tell");
        assertThat(CommittedRecords.header(record, "x-kind")).isEqualTo("placed");
        assertThat(CommittedRecords.header(record, "entente-op")).isEqualTo("action");
        assertThat(record.headers().lastHeader("entente-join"))
                .as("a topic is read by many")
                .isNull();
        assertThat(done.getResult().getRaw().toStringUtf8())
                .isEqualTo("{\"topic\":\"orders\",\"partition\":%d,\"offset\":%d}"
                        .formatted(record.partition(), record.offset()));
    }

    @Test
    void a_record_is_compensated_by_another_record() {
        assertThat(order("bad", "unknown").submitAndWait(PatientAwaits.BOUND)).isInstanceOf(Outcome.Aborted.class);

        assertThat(recordsOf("bad"))
                .extracting(CommittedRecords::id)
                .containsExactly("bad/tell", "bad/tell/compensate");
    }

    @Test
    void a_record_that_the_broker_never_accepts_parks_the_transaction() {
        Saga unknown = entente.saga("unknown").gid("unknown");
        unknown.step("tell", events().topic("nonesuch").jsonBody("{}")).nothingToUndo();
        Saga large = entente.saga("large").gid("large");
        byte[] noise = new byte[5000]; // random, because compression precedes the size check
        new Random(4711).nextBytes(noise);
        large.step("tell", events().topic("small").body(noise)).nothingToUndo();

        CompletableFuture<Outcome> ofUnknown = unknown.submitAndWaitAsync(PatientAwaits.BOUND);
        CompletableFuture<Outcome> ofLarge = large.submitAndWaitAsync(PatientAwaits.BOUND);
        assertThat(parked(ofUnknown.join())).contains("TARGET_MISCONFIGURED", "nonesuch");
        assertThat(parked(ofLarge.join())).contains("TARGET_MISCONFIGURED", "RecordTooLargeException");
    }

    private static String parked(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Pending.class);
        return ((Outcome.Pending) outcome).transaction().getParked().toString();
    }

    @Test
    void a_topic_that_is_not_permitted_is_refused_at_submit() {
        Saga elsewhere = entente.saga("elsewhere");
        elsewhere.step("tell", events().topic("payroll").jsonBody("{}")).nothingToUndo();

        // a busy coordinator's response may arrive too late; the client then reports the refusal as uncertain
        assertThatThrownBy(elsewhere::submit)
                .isInstanceOf(EntenteException.class)
                .hasMessageContaining("ENT-015")
                .hasMessageContaining("payroll")
                .hasMessageContaining("participants.events.topics");
    }

    @Test
    void a_confirm_a_delivery_and_a_notification_can_be_records() {
        Participant shop = entente.participant("shop");
        Outcome tried = entente.tcc("tcc")
                .gid("tcc")
                .branch(
                        "pay",
                        shop.post("/charges").jsonBody("{}"),
                        events().topic("orders").key("tcc").jsonBody("{}"),
                        events().topic("orders").key("tcc").jsonBody("{}"))
                .submitAndWait(PatientAwaits.BOUND);
        Outcome delivered = entente.message("message")
                .gid("message")
                .to(events().topic("orders").key("message").jsonBody("{\"a\":1}"))
                .submitAndWait(PatientAwaits.BOUND);
        Outcome notified = entente.notification("notification")
                .gid("notification")
                .deliver(events().topic("orders").key("notification").jsonBody("{}"))
                .submitAndWait(PatientAwaits.BOUND);

        assertThat(List.of(tried, delivered, notified)).allMatch(Outcome.Succeeded.class::isInstance);
        assertThat(recordsOf("tcc")).extracting(CommittedRecords::id).containsExactly("tcc/pay/confirm");
        assertThat(recordsOf("message"))
                .hasSize(1)
                .allMatch(record -> new String(record.value(), StandardCharsets.UTF_8).equals("{\"a\":1}"));
        assertThat(recordsOf("notification")).hasSize(1);
    }

    @Test
    void a_subscription_delivers_an_entente_topic_to_a_kafka_topic() {
        ManagedChannel channel = Grpc.newChannelBuilder(coordinator.ready().grpc(), InsecureChannelCredentials.create())
                .build();
        try {
            Subscription.Builder subscription =
                    Subscription.newBuilder().setTopic("placed").setSubscriber("audit");
            subscription
                    .getDeliverBuilder()
                    .getKafkaBuilder()
                    .setConnector("events")
                    .setTopic("orders")
                    .setKey("audit");
            Subscription taken = TopicServiceGrpc.newBlockingStub(channel).subscribe(subscription.build());
            assertThat(taken.getDeliver().getKafka().getTopic()).isEqualTo("orders");
            subscription.getDeliverBuilder().getKafkaBuilder().setTopic("payroll");
            assertThatThrownBy(() -> TopicServiceGrpc.newBlockingStub(channel).subscribe(subscription.build()))
                    .hasMessageContaining("payroll");
        } finally {
            channel.shutdownNow();
        }
        StringValue event = StringValue.of("order 4711");

        Outcome published =
                entente.message("event").gid("event").toTopic("placed", event).submitAndWait(PatientAwaits.BOUND);

        assertThat(published).isInstanceOf(Outcome.Succeeded.class);
        assertThat(entente("topic", "list")).contains("audit", "kafka events/orders");
        assertThat(recordsOf("event")).singleElement().satisfies(record -> {
            assertThat(CommittedRecords.id(record)).isEqualTo("event/delivery-1.audit");
            assertThat(record.key()).asString().isEqualTo("audit");
            assertThat(record.value()).isEqualTo(event.toByteArray());
        });
    }

    @Test
    void a_record_as_try_and_an_internal_topic_are_refused() {
        assertThatThrownBy(() -> entente.tcc("tried")
                        .branch("tell", events().topic("orders"), events().topic("orders"), events().topic("orders"))
                        .submit())
                .isInstanceOf(TransactionRefused.class)
                .hasMessageContaining("a record cannot be a try");
        Saga own = entente.saga("own");
        own.step("tell", events().topic("__consumer_offsets")).nothingToUndo();
        assertThatThrownBy(own::submit)
                .hasMessageContaining("ENT-001")
                .hasMessageContaining("internal topic of the brokers");
    }

    @Test
    void the_command_line_shows_and_probes_the_broker() {
        assertThat(entente("participant", "list")).contains("events", "kafka://");
        assertThat(entente("participant", "probe", "events")).contains("events");
    }

    /** Runs a command in this process and returns its output. */
    private static String entente(String... words) {
        String[] arguments = Stream.concat(
                        Stream.of(words),
                        Stream.of("--target", coordinator.ready().grpc()))
                .toArray(String[]::new);
        StringWriter printed = new StringWriter();
        int exit = CommandLine.parser(arguments)
                .setOut(new PrintWriter(printed))
                .setErr(new PrintWriter(printed))
                .execute(arguments);
        assertThat(exit).as(printed.toString()).isZero();
        return printed.toString();
    }

    @Test
    @Tag("deep")
    @Tag("kafka")
    @ResourceLock(PROCESSES)
    void no_record_is_lost_when_broker_and_coordinator_are_killed() throws Exception {
        List<String> good = new ArrayList<>();
        List<String> bad = new ArrayList<>();
        for (int i = 0; i < 160; i++) {
            String gid = "kill-" + i;
            (i % 5 == 0 ? bad : good).add(gid);
            order(gid, i % 5 == 0 ? "unknown" : "alice").submit();
            if (i == 50) {
                broker.kill();
            } else if (i == 80) {
                coordinator.kill();
                coordinator.start(Map.of());
            } else if (i == 110) {
                broker.start();
            } else if (i == 140) {
                coordinator.kill();
                coordinator.start(Map.of());
            }
        }
        good.forEach(gid -> assertThat(ended(gid).getState()).isEqualTo(Transaction.State.SUCCEEDED));
        bad.forEach(gid -> assertThat(entente.transactions().await(gid, PatientAwaits.BOUND))
                .isInstanceOf(Outcome.Aborted.class));

        Map<String, List<String>> byOrder = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : CommittedRecords.of(broker, "orders")) {
            byOrder.computeIfAbsent(CommittedRecords.header(record, "entente-gid"), gid -> new ArrayList<>())
                    .add(CommittedRecords.id(record));
        }
        for (String gid : good) {
            assertThat(byOrder.get(gid)).as(gid).containsOnly(gid + "/tell");
        }
        for (String gid : bad) {
            List<String> reported = byOrder.getOrDefault(gid, List.of());
            assertThat(reported.stream().distinct()).as(gid).containsExactly(gid + "/tell", gid + "/tell/compensate");
        }
    }
}
