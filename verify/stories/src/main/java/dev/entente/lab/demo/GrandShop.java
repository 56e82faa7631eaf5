package dev.entente.lab.demo;

import dev.entente.backends.KafkaBroker;
import dev.entente.backends.LoopbackPorts;
import dev.entente.backends.RedisServer;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.plans.ShopOrder;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Scenario;
import dev.entente.lab.scenario.Stage;
import dev.entente.lab.service.HttpClients;
import dev.entente.lab.service.OrderDoor;
import dev.entente.rig.ChildFailure;
import dev.entente.rig.Playground;
import dev.entente.rig.ServerJar;
import dev.entente.rig.Victim;
import dev.entente.rig.Worker;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The complete shop on real parts: keys in Redis, states, records to Kafka, and the saga over all services. */
final class GrandShop implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "grand-shop",
                    ShopService.STOCK,
                    "The whole shop on real parts. Orders come over HTTP, each under a key that Redis keeps, and come"
                        + " twice. One local transaction writes the order, its state, its saga and a record to Kafka."
                        + " The saga says in a topic how far the order has come, and the order's states follow. One"
                        + " order goes well; each of the others fails at another step.")
            .andMail();

    private static final String GIDS = "demo-grand-";
    private static final int KEPT = 200;

    private final @Nullable ShopFailure only;
    private @Nullable Parts parts;

    /** @param only the step that fails, or null: one order for each way */
    GrandShop(@Nullable ShopFailure only) {
        this.only = only;
    }

    private record Parts(RedisServer redis, KafkaBroker kafka) {}

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public Scenario failingAt(String step) {
        return new GrandShop(ShopFailure.named(step));
    }

    @Override
    public Map<String, String> prepare(Playground playground) throws Exception {
        Parts started = new Parts(playground.keep(new RedisServer()), playground.keep(new KafkaBroker()));
        parts = started;
        try {
            started.redis().start();
        } catch (IOException missing) {
            throw new ChildFailure(String.valueOf(missing.getMessage()), 1);
        }
        started.kafka().start();
        for (String topic : OrderDoor.TOPICS) {
            started.kafka().createTopic(topic, 4);
            started.kafka().createTopic(topic + "-dead", 1);
        }
        return Map.of(
                "participants.events.target",
                "kafka://" + started.kafka().address(),
                "connectors.directory",
                ServerJar.find()
                        .resolve("../../../integrations/kafka-connector/target/connectors")
                        .normalize()
                        .toString());
    }

    private Parts parts() {
        if (parts == null) {
            throw new IllegalStateException("not prepared");
        }
        return parts;
    }

    private Worker startDoor(Stage stage, int port) throws IOException, InterruptedException {
        return stage.playground()
                .startWorker(
                        "door",
                        OrderDoor.class,
                        List.of(
                                "--jdbc",
                                stage.playground().database().url(ShopService.ORDER.databaseName()),
                                "--port",
                                Integer.toString(port),
                                "--redis",
                                Integer.toString(parts().redis().port()),
                                "--kafka",
                                parts().kafka().address(),
                                "--coordinator",
                                stage.coordinator().ready().grpc()));
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Customers.open(stage.books());
        int port = LoopbackPorts.next();
        Worker door = startDoor(stage, port);
        result.note(door.name() + ": http://127.0.0.1:" + port);
        HttpClients clients = new HttpClients(port);
        Checks checks = new Checks(stage.books(), result);
        for (ShopFailure way : only == null ? List.of(ShopFailure.values()) : List.of(only)) {
            place(clients, way, result);
        }
        for (ShopFailure way : only == null ? List.of(ShopFailure.values()) : List.of(only)) {
            if (isPlaced(way)) {
                Transaction transaction = stage.awaitKnown(GIDS + way.label());
                result.tell(transaction);
                checks.ended(transaction, way.succeeds() ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
                checks.effects(transaction.getGid(), way.effects());
            }
        }
        result.checkAll(new GrandBooks(stage, parts().kafka(), GIDS).read());
    }

    /** Sends it twice, and once more with another content. */
    private static void place(HttpClients clients, ShopFailure way, Result result) throws Exception {
        String key = GIDS + way.label();
        String body = OrderDoor.body(way.order(key), way == ShopFailure.CREATE);
        var first = clients.untilAnswered(key, body);
        var again = clients.untilAnswered(key, body);
        int expected = switch (way) {
            case VALIDATE -> OrderDoor.BAD_REQUEST;
            case CREATE -> OrderDoor.UNPROCESSABLE;
            default -> KEPT;
        };
        result.check(
                "an order that fails at " + way.label() + " is answered " + expected + ", both times",
                first.statusCode() == expected
                        && again.statusCode() == expected
                        && first.body().equals(again.body()),
                2,
                first + ", " + again);
        if (isPlaced(way)) {
            boolean isReplayed =
                    again.headers().firstValue("Idempotency-Replayed").isPresent();
            result.check("the second time from the store", isReplayed, 1);
            int other = clients.untilAnswered(key, body.replace("\"rollback\"", "\"other\""))
                    .statusCode();
            result.check(
                    "under its key another order is refused", other == OrderDoor.UNPROCESSABLE, 1, "answered " + other);
        }
    }

    private static boolean isPlaced(ShopFailure way) {
        return way != ShopFailure.VALIDATE && way != ShopFailure.CREATE;
    }

    @Override
    public CrashWorkload workload(Stage stage) throws Exception {
        int port = LoopbackPorts.next();
        Worker door = startDoor(stage, port);
        HttpClients clients = new HttpClients(port);
        KafkaBroker kafka = parts().kafka();
        RedisServer redis = parts().redis();
        return new CrashWorkload(gids(), (gid, random) -> {
                    ShopFailure way = only == null ? ShopFailure.any(random) : only;
                    ShopOrder order = ShopScenario.slowed(way.order(gid), random);
                    String body = OrderDoor.body(order, way == ShopFailure.CREATE);
                    return new CrashJob(gid, Pattern.SAGA, Set.copyOf(ShopOrder.STEPS), (_, accepted) -> {
                        if (clients.untilAnswered(gid, body).statusCode() == KEPT) {
                            accepted.run();
                        }
                    });
                })
                .truth(_ -> new GrandBooks(stage, kafka, gids()).read())
                .withBacklog(() -> stage.books().number(ShopService.ORDER, "select count(*) from entente_outbox"))
                .killing(Victim.worker(door))
                .killing(new Victim("Kafka", kafka::kill, kafka::start))
                .killing(new Victim("Redis", redis::kill, redis::start))
                .killing(Victim.participant(stage.shop(), ShopService.PAYMENT));
    }
}
