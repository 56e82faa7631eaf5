package dev.entente.stories.demo;

import dev.entente.backends.CommittedRecords;
import dev.entente.backends.LoopbackPorts;
import dev.entente.demo.ShopService;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import dev.entente.rig.Worker;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.service.HttpClients;
import dev.entente.stories.service.OrderEntry;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A scenario of the complete shop on real systems: Redis keys, states, Kafka records, and a saga over all services. */
final class ShopScenario {
    static final Scenario SCENARIO = Scenario.named(
                    "grand-shop",
                    ShopService.STOCK,
                    "The complete shop on real Redis and Kafka. Orders arrive over HTTP, each twice, with a key that"
                            + " Redis stores. One local transaction writes the order, its state, its saga and a record"
                            + " for Kafka. The saga publishes the order's progress to a topic, and the order's state"
                            + " follows. One order succeeds; each of the others fails at a different step.",
                    ShopScenario::play)
            .andMail()
            .on(ExternalPrograms.Part.REDIS, ExternalPrograms.Part.KAFKA)
            .killable();

    private static final String GIDS = "demo-grand-";
    private static final String LOAD = GIDS + "load-";
    private static final String WAITING = "select count(*) from entente_outbox";
    private static final int KEPT = 200;
    private static final Duration UNTIL_READ = Duration.ofSeconds(60);
    /** Selects the orders whose guarded state differs from their outcome. */
    private static final String OTHER_STATES = """
        select o.id || ' ' || o.state || ' ' || coalesce(s.state, 'unknown') from orders o
        left join entente_state s on s.id = o.id
        where starts_with(o.id, ?) and (o.state, coalesce(s.state, '')) not in (('CREATED', 'DELIVERED'),
          ('CANCELLED', 'CANCELLED'))
        """;

    /** Selects the orders whose record was not consumed exactly once, and the records without an order. */
    private static final String OTHER_RECORDS = """
        select coalesce(o.id, p.id) from orders o full join placed_order p on p.id = o.id
        where starts_with(coalesce(o.id, p.id), ?) and (o.id is null or coalesce(p.records, 0) <> 1)
        """;

    /** Selects the orders whose history has gaps, or is no path from the first state to a final state. */
    private static final String OTHER_HISTORIES = """
        select s.id from entente_state s left join (select id, count(*) as steps, min(version) as first,
          max(version) as last, string_agg(event, ' ' order by version) as events from entente_state_history
          group by id) as h on h.id = s.id
        where starts_with(s.id, ?) and (first <> 1 or last <> steps or coalesce(events, '') not in
          ('PAY SHIP DELIVER', 'CANCEL', 'PAY CANCEL'))
        """;

    private ShopScenario() {}

    private static void play(ScenarioRun play) throws Exception {
        Customers.open(play.databases());
        int port = LoopbackPorts.next();
        Worker door = startDoor(play, port);
        play.note("entry: http://127.0.0.1:" + port);
        HttpClients clients = new HttpClients(port);
        for (ShopFailure failure : play.stage().ways()) {
            place(play, clients, failure);
        }
        for (ShopFailure failure : play.stage().ways()) {
            if (failure.isPlaced()) {
                OutboxScenarios.checkEnd(play, failure, GIDS + failure.label());
            }
        }
        if (play.stage().kills() > 0) {
            underKills(play, door, clients);
        }
        check(play);
    }

    private static void underKills(ScenarioRun play, Worker door, HttpClients clients) throws Exception {
        SqlDatabase orders = play.databases().of(ShopService.ORDER);
        List<String> wrong = new CopyOnWriteArrayList<>();
        new Kills(play, 0, () -> orders.number(WAITING) + play.openTransactions())
                .of(door)
                .during(0, (number, random) -> {
                    String key = LOAD + number;
                    boolean rollsBack = random.nextInt(OutboxScenarios.ROLLED_BACK_EVERY) == 0;
                    String body = OrderEntry.body(OutboxScenarios.any(key, random), rollsBack);
                    HttpResponse<String> first = clients.untilAnswered(key, body);
                    HttpResponse<String> again = clients.untilAnswered(key, body);
                    if (first.statusCode() != (rollsBack ? OrderEntry.UNPROCESSABLE : KEPT)
                            || !first.body().equals(again.body())) {
                        wrong.add(first + ", " + again);
                    }
                });
        play.await("an empty outbox", () -> orders.number(WAITING) == 0);
        play.awaitEnds(LOAD);
        play.check(
                "with kills, both requests of an order get the same response",
                wrong.isEmpty(),
                1,
                ScenarioRun.shown(wrong));
    }

    private static Worker startDoor(ScenarioRun play, int port) throws IOException, InterruptedException {
        for (String topic : OrderEntry.TOPICS) {
            play.stage().parts().kafka().createTopic(topic, 4);
            play.stage().parts().kafka().createTopic(topic + "-dead", 1);
        }
        return play.worker(
                "entry",
                OrderEntry.class,
                List.of(
                        "--jdbc",
                        play.databases().of(ShopService.ORDER).url(),
                        "--port",
                        Integer.toString(port),
                        "--redis",
                        Integer.toString(play.stage().parts().redis().port()),
                        "--kafka",
                        play.stage().parts().kafka().address(),
                        "--coordinator",
                        play.stage().coordinator().ready().grpc()));
    }

    /** Sends the order twice, and then another order under the same key. */
    private static void place(ScenarioRun play, HttpClients clients, ShopFailure failure)
            throws IOException, InterruptedException {
        String key = GIDS + failure.label();
        String body = OrderEntry.body(failure.order(key), failure == ShopFailure.CREATE);
        var first = clients.untilAnswered(key, body);
        var again = clients.untilAnswered(key, body);
        int expected = switch (failure) {
            case VALIDATE -> OrderEntry.BAD_REQUEST;
            case CREATE -> OrderEntry.UNPROCESSABLE;
            default -> KEPT;
        };
        play.check(
                "an order that fails at " + failure.label() + " gets " + expected + " both times",
                first.statusCode() == expected
                        && again.statusCode() == expected
                        && first.body().equals(again.body()),
                2,
                first + ", " + again);
        if (failure.isPlaced()) {
            play.check(
                    "the second response comes from the store",
                    again.headers().firstValue("Idempotency-Replayed").isPresent(),
                    1);
            int other = clients.untilAnswered(key, body.replace("\"rollback\"", "\"other\""))
                    .statusCode();
            play.check(
                    "another order with the same key is refused",
                    other == OrderEntry.UNPROCESSABLE,
                    1,
                    "the status is " + other);
        }
    }

    /** Checks that databases and topics agree about the orders, after the consumers have read all records. */
    private static void check(ScenarioRun play) throws Exception {
        SqlDatabase orders = play.databases().of(ShopService.ORDER);
        Wait.until(
                UNTIL_READ,
                () -> orders.texts(OTHER_STATES, GIDS).isEmpty()
                        && orders.texts(OTHER_RECORDS, GIDS).isEmpty());
        new OrderIntake(play).check(GIDS);
        List<String> placed = orders.texts("select id from orders where starts_with(id, ?)", GIDS);
        long count = placed.size();
        play.none("each order's state matches its outcome", count, orders, OTHER_STATES, GIDS);
        play.none(
                "each order's history is paid, shipped, delivered, or cancelled", count, orders, OTHER_HISTORIES, GIDS);
        play.none("each order's record was consumed once, and no other record", count, orders, OTHER_RECORDS, GIDS);
        play.none(
                "no event arrived in a state that does not allow it",
                count,
                orders,
                "select id || ' ' || event from refused_event where starts_with(id, ?)",
                GIDS);
        checkTopic(play, new HashSet<>(placed));
    }

    /** Checks that the topic of placed orders has each order. Repeated records must have one id and one content. */
    private static void checkTopic(ScenarioRun play, Set<String> orders) throws SQLException {
        Map<String, byte[]> records = new HashMap<>();
        Set<String> wrong = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> record :
                CommittedRecords.of(play.stage().parts().kafka(), OrderEntry.PLACED)) {
            String order = new String(record.key(), StandardCharsets.UTF_8);
            byte[] first = records.putIfAbsent(order, record.value());
            if ((first != null && !Arrays.equals(first, record.value()))
                    || !CommittedRecords.id(record).equals("placed-" + order)
                    || !orders.contains(order)) {
                wrong.add(order);
            }
        }
        orders.stream().filter(order -> !records.containsKey(order)).forEach(wrong::add);
        play.check("the topic has exactly the records of the orders", wrong.isEmpty(), orders.size(), wrong.toString());
    }
}
