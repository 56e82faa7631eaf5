package dev.entente.lab.service;

import dev.entente.backends.LoopbackPorts;
import dev.entente.backends.RedisServer;
import dev.entente.demo.ShopService;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Scenario;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.ChildFailure;
import dev.entente.rig.Playground;
import dev.entente.rig.Victim;
import dev.entente.rig.Worker;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Payments under the clients' keys, sent several times at once, with the keys in PostgreSQL and in Redis. */
public final class IdempotencyScenario implements Scenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "idempotency",
                    ShopService.PAYMENT,
                    "Clients pay over HTTP, each payment under a key of theirs, and send it three times at once. Two"
                            + " services take payments: one keeps the keys in PostgreSQL, the other in Redis. All who"
                            + " ask under a key get the same answer, and the payment is there once.")
            .with(Set.of());

    private static final int PAYMENTS = 100;
    private static final int COPIES = 3;
    private static final int CLIENTS = 8;
    private static final int ANSWERS_BETWEEN_KILLS = 300;
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int UNPROCESSABLE = 422;
    private static final String ANSWERS = "select count(*) from answer";
    private static final String PAID = "select count(*) from payment";

    private @Nullable RedisServer redis;

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public Map<String, String> prepare(Playground playground) throws Exception {
        RedisServer started = playground.keep(new RedisServer());
        redis = started;
        try {
            started.start();
        } catch (IOException missing) {
            throw new ChildFailure(String.valueOf(missing.getMessage()), 1);
        }
        return Map.of();
    }

    private RedisServer redis() {
        if (redis == null) {
            throw new IllegalStateException("not prepared");
        }
        return redis;
    }

    /**
     * A service, and who pays there.
     *
     * @param store for people
     */
    private record Desk(String store, LocalBooks books, Worker door, HttpClients clients) {}

    private List<Desk> open(Stage stage) throws Exception {
        return List.of(
                open(stage, "PostgreSQL", "payments_sql"),
                open(stage, "Redis", "payments_redis", "--redis", Integer.toString(redis().port())));
    }

    private static Desk open(Stage stage, String store, String database, String... more) throws Exception {
        LocalBooks books = LocalBooks.create(stage, database);
        books.execute(PaymentDoor.TABLES);
        int port = LoopbackPorts.next();
        List<String> arguments = new ArrayList<>(
                WorkerCommand.arguments(books, 0, stage.shop().hasLiars(), "--port", Integer.toString(port)));
        arguments.addAll(List.of(more));
        Worker door = stage.playground().startWorker("payments by " + store, PaymentDoor.class, arguments);
        return new Desk(store, books, door, new HttpClients(port));
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        for (Desk desk : open(stage)) {
            AtomicLong next = new AtomicLong();
            payAtOnce(desk, () -> {
                long number = next.getAndIncrement();
                return number < PAYMENTS * COPIES ? "p-" + number / COPIES : "";
            });
            refuse(desk, result);
            judge(desk, 0, result);
        }
    }

    /** Sends what is to be refused; nothing is done then. */
    private static void refuse(Desk desk, Result result) throws Exception {
        int other = desk.clients().untilAnswered("p-0", "{\"cents\":1}").statusCode();
        result.check(
                desk.store() + ": under its key another payment is 422", other == UNPROCESSABLE, 1, "it is " + other);
        HttpResponse<String> none = desk.clients().once("", body("p-0"));
        result.check(
                desk.store() + ": without a key a payment is 400",
                none.statusCode() == BAD_REQUEST,
                1,
                none.toString());
        result.note("without a key: " + none.body().strip());
    }

    /** The next key; empty where there is none. */
    private interface Keys {
        String next();
    }

    /** Several clients pay, until there are no more keys. Blocks. */
    private static void payAtOnce(Desk desk, Keys keys) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> clients = IntStream.range(0, CLIENTS)
                    .mapToObj(_ -> threads.submit(() -> pay(desk, keys)))
                    .toList();
            for (Future<Void> client : clients) {
                client.get();
            }
        }
    }

    private static @Nullable Void pay(Desk desk, Keys keys) throws Exception {
        try (Connection connection = desk.books().connect()) {
            for (String key = keys.next(); !key.isEmpty(); key = keys.next()) {
                note(connection, key, desk.clients().untilAnswered(key, body(key)));
            }
        }
        return null;
    }

    private static String body(String key) {
        return "{\"cents\":" + (100 + key.length()) + "}";
    }

    private static void note(Connection connection, String key, HttpResponse<String> answer) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into answer values (?, ?, ?)")) {
            insert.setString(1, key);
            insert.setInt(2, answer.statusCode());
            insert.setString(3, answer.body());
            insert.executeUpdate();
        }
    }

    @Override
    public void runUnderKills(int kills, Stage stage, Result result) throws Exception {
        List<Desk> desks = open(stage);
        List<Victim> victims = new ArrayList<>();
        desks.forEach(desk -> victims.add(Victim.worker(desk.door())));
        victims.add(new Victim("Redis", redis()::kill, redis()::start));
        AtomicBoolean isOver = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> paying = new ArrayList<>();
            for (Desk desk : desks) {
                AtomicLong next = new AtomicLong();
                Keys keys = () -> isOver.get() ? "" : "p-" + next.getAndIncrement() / COPIES;
                paying.add(threads.submit(() -> {
                    payAtOnce(desk, keys);
                    return null;
                }));
            }
            try {
                WorkerKills.run(kills, victims, () -> least(desks), ANSWERS_BETWEEN_KILLS, stage, result);
            } finally {
                isOver.set(true);
            }
            for (Future<Void> desk : paying) {
                desk.get();
            }
        }
        for (Desk desk : desks) {
            judge(desk, kills, result);
        }
    }

    /** The answers of the slowest. */
    private static long least(List<Desk> desks) throws SQLException {
        long least = Long.MAX_VALUE;
        for (Desk desk : desks) {
            least = Math.min(least, desk.books().number(ANSWERS));
        }
        return least;
    }

    /** A request whose process, or store, dies before its answer is kept runs again: at most those of all clients. */
    private static void judge(Desk desk, int kills, Result result) throws SQLException {
        LocalBooks books = desk.books();
        String who = desk.store() + ": ";
        books.none(
                result,
                who + "every client was answered " + OK,
                "select client_key from answer where status <> " + OK,
                ANSWERS);
        books.none(
                result,
                who + "all who asked under a key got one answer",
                "select client_key from answer group by client_key having count(distinct body) > 1",
                ANSWERS);
        books.none(result, who + "the answer is the payment that stands, once for each key", """
            select coalesce(a.client_key, p.client_key) from (select distinct client_key, body from answer) as a
            full join payment p using (client_key) where a.body is distinct from '{"payment":"' || p.number || '"}'
            """, PAID);
        long again = books.number("select count(*) - count(distinct client_key) from run");
        result.check(
                who + (kills == 0 ? "no request ran twice" : "none ran twice but those that a kill met"),
                again <= (long) kills * CLIENTS,
                books.number(PAID),
                again + " ran again");
        if (kills > 0) {
            result.note(who + again + " ran again after " + kills + " kills");
        }
    }
}
