package dev.entente.stories.service;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.client.Entente;
import dev.entente.client.Retry;
import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.idempotency.RedisKeyStore;
import dev.entente.kafka.KafkaCarrier;
import dev.entente.kafka.KafkaInbox;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.outbox.OutboxRelay;
import dev.entente.rig.SqlDatabase;
import dev.entente.statemachine.GuardedStates;
import dev.entente.statemachine.TransitionRefused;
import dev.entente.stories.plans.Purchase;
import dev.entente.stories.plans.ShopOrder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import redis.clients.jedis.JedisPooled;
import shop.v1.Fault;

/**
 * The shop's entry: takes orders over HTTP, each under a key in Redis, and writes all effects in one local transaction.
 * The process relays its outbox and consumes the records of the orders' events.
 */
@Command(name = "order-door")
public final class OrderEntry extends WorkerCommand {
    /** The topic of placed orders. */
    public static final String PLACED = "orders";
    /** The topic of the orders' events. */
    static final String LIVES = "order-lives";
    /** All topics that the process needs. Each has a second topic with the suffix {@code -dead}. */
    public static final List<String> TOPICS = List.of(PLACED, LIVES);
    /** The status for an invalid order. */
    public static final int BAD_REQUEST = 400;
    /** The status for an order with a rolled-back transaction. */
    public static final int UNPROCESSABLE = 422;

    /** The tables for consumed records: one row per placed order, one row per refused event. */
    private static final String TABLES = """
        create table if not exists placed_order (id text primary key, records integer not null);
        create table if not exists refused_event (id text, event text);
        """;

    private static final String BROKER = "events";
    private static final int SLOTS = 4;
    private static final Outbox OUTBOX = Outbox.postgres();
    private static final Retry PATIENT = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(2), 1000);

    private final GuardedStates<OrderState, OrderEvent> states = GuardedStates.postgres(OrderState.machine());

    @Option(names = "--port", required = true, description = "The HTTP port.")
    private int port;

    @Option(names = "--redis", required = true, description = "The port of Redis.")
    private int redis;

    @Option(names = "--kafka", required = true, description = "The Kafka brokers.")
    private String kafka = "";

    @Option(names = "--coordinator", required = true, description = "The coordinator.")
    private String coordinator = "";

    OrderEntry() {}

    /** Works until the process is killed. */
    public static void main(String[] arguments) {
        run(new OrderEntry(), arguments);
    }

    @Override
    @SuppressWarnings("resource") // All of it ends with the process.
    void begin(DataSource database) throws Exception {
        states.createTables(database);
        try (Connection connection = database.getConnection()) {
            SqlDatabase.update(connection, TABLES);
        }
        KafkaCarrier.createTable(database);
        Entente entente = Entente.builder(coordinator).build();
        Map<String, String> brokers = Map.of("bootstrap.servers", kafka);
        OutboxRelay.from(database)
                .deliverThrough(entente)
                .carrier(
                        "kafka",
                        KafkaCarrier.to(brokers, "order-door")
                                .slots(database, SLOTS)
                                .open())
                .retry(PATIENT)
                .poll(Duration.ofSeconds(1))
                .start()
                .wake();
        follow(PLACED, database, OrderEntry::count);
        follow(LIVES, database, this::live);
        IdempotencyKeys keys = IdempotencyKeys.in(new RedisKeyStore(new JedisPooled("127.0.0.1", redis)))
                .required()
                .longestRun(Duration.ofSeconds(2));
        ServiceHttpServer.open(port, keys, (key, body) -> place(database, entente, key, body));
    }

    @SuppressWarnings("resource") // Ends with the process.
    private void follow(String topic, DataSource database, KafkaInbox.Handler handler) {
        Map<String, String> config =
                Map.of("bootstrap.servers", kafka, "group.id", "door-" + topic, "session.timeout.ms", "6000");
        KafkaInbox.of(config, database)
                .topics(topic)
                .deadLetters(topic + "-dead")
                .start(handler);
    }

    /** Writes the order's row, its state, its saga and its record. */
    private ServiceHttpServer.Response place(DataSource database, Entente entente, String key, String body)
            throws SQLException {
        Purchase order = order(key, JsonParser.parseString(body).getAsJsonObject());
        if (!order.makesSense()) {
            return new ServiceHttpServer.Response(BAD_REQUEST, "{\"error\":\"the order is invalid\"}");
        }
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            ShopOrder placed = new ShopOrder(order);
            if (placed.isNew(connection)) {
                states.create(connection, key);
                OUTBOX.enqueue(connection, OutboxMessage.toCoordinator(placed.announced(entente, BROKER, LIVES)));
                OUTBOX.enqueue(
                        connection,
                        OutboxMessage.toKafka(PLACED, body.getBytes(StandardCharsets.UTF_8))
                                .key(key)
                                .id("placed-" + key));
            }
            if (body.contains("\"rollback\":true")) {
                connection.rollback();
                return new ServiceHttpServer.Response(UNPROCESSABLE, "{\"error\":\"rolled back\"}");
            }
            connection.commit();
            return new ServiceHttpServer.Response(200, "{\"order\":\"" + key + "\"}");
        }
    }

    /** Returns the body of an order's request. */
    public static String body(Purchase order, boolean rollsBack) {
        JsonObject body = new JsonObject();
        body.addProperty("account", order.account());
        body.addProperty("sku", order.sku());
        body.addProperty("quantity", order.quantity());
        body.addProperty("cents", order.cents());
        body.addProperty("rollback", rollsBack);
        JsonObject faults = new JsonObject();
        order.faults()
                .forEach((step, fault) ->
                        faults.addProperty(step, Base64.getEncoder().encodeToString(fault.toByteArray())));
        body.add("faults", faults);
        return body.toString();
    }

    private static Purchase order(String key, JsonObject body) {
        Map<String, Fault> faults = new HashMap<>();
        body.getAsJsonObject("faults").asMap().forEach((step, fault) -> faults.put(step, fault(fault.getAsString())));
        return new Purchase(
                key,
                body.get("account").getAsString(),
                body.get("sku").getAsString(),
                body.get("quantity").getAsInt(),
                body.get("cents").getAsLong(),
                faults);
    }

    private static Fault fault(String base64) {
        try {
            return Fault.parseFrom(Base64.getDecoder().decode(base64));
        } catch (InvalidProtocolBufferException broken) {
            throw new IllegalArgumentException("not a valid fault: " + base64, broken);
        }
    }

    private static void count(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException {
        SqlDatabase.update(connection, """
            insert into placed_order (id, records) values (?, 1)
            on conflict (id) do update set records = placed_order.records + 1
            """, new String(record.key(), StandardCharsets.UTF_8));
    }

    private void live(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException {
        JsonObject message = JsonParser.parseString(new String(record.value(), StandardCharsets.UTF_8))
                .getAsJsonObject();
        String order = message.get("order").getAsString();
        String event = message.get("event").getAsString();
        if (event.equals("OPEN")) {
            return;
        }
        try {
            states.transition(connection, order, OrderEvent.valueOf(event));
        } catch (TransitionRefused refused) {
            SqlDatabase.update(connection, "insert into refused_event (id, event) values (?, ?)", order, event);
        }
    }
}
