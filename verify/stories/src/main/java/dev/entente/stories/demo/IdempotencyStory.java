package dev.entente.stories.demo;

import dev.entente.backends.LoopbackPorts;
import dev.entente.demo.ShopService;
import dev.entente.rig.AskedDatabase;
import dev.entente.stories.service.HttpClients;
import dev.entente.stories.service.PaymentDoor;
import dev.entente.stories.service.WorkerCommand;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Payments under the clients' keys, sent several times at once, with the keys in PostgreSQL and in Redis. */
final class IdempotencyStory {
    static final Story STORY = Story.named(
                    "idempotency",
                    ShopService.PAYMENT,
                    "Clients pay over HTTP, each payment under a key of theirs, and send it three times at once. Two"
                            + " services take payments: one keeps the keys in PostgreSQL, the other in Redis. All who"
                            + " ask under a key get the same answer, and the payment is there once.",
                    IdempotencyStory::play)
            .with()
            .on(Parts.Part.REDIS);

    private static final int PAYMENTS = 100;
    private static final int COPIES = 3;
    private static final int CLIENTS = 8;
    private static final int BAD_REQUEST = 400;
    private static final int UNPROCESSABLE = 422;

    private IdempotencyStory() {}

    private static void play(Play play) throws Exception {
        payAt(play, "PostgreSQL", "payments_sql");
        payAt(
                play,
                "Redis",
                "payments_redis",
                "--redis",
                Integer.toString(play.stage().parts().redis().port()));
    }

    /** @param store of the keys, for people */
    private static void payAt(Play play, String store, String name, String... more) throws Exception {
        AskedDatabase payments = play.create(name);
        payments.change(PaymentDoor.TABLES);
        int port = LoopbackPorts.next();
        List<String> arguments = new ArrayList<>(
                WorkerCommand.arguments(payments, 0, play.shop().hasLiars(), "--port", Integer.toString(port)));
        arguments.addAll(List.of(more));
        play.worker("payments by " + store, PaymentDoor.class, arguments);
        HttpClients clients = new HttpClients(port);
        payAtOnce(payments, clients);
        refuse(play, store, clients);
        check(play, store, payments);
    }

    /** Several clients send the same payments at the same time. Blocks. */
    private static void payAtOnce(AskedDatabase payments, HttpClients clients) throws Exception {
        AtomicInteger next = new AtomicInteger();
        List<Future<Integer>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                all.add(threads.submit(() -> {
                    int number = next.getAndIncrement();
                    for (; number < PAYMENTS * COPIES; number = next.getAndIncrement()) {
                        String key = "p-" + number / COPIES;
                        HttpResponse<String> answer = clients.untilAnswered(key, body(key));
                        payments.change("insert into answer values (?, ?, ?)", key, answer.statusCode(), answer.body());
                    }
                    return number;
                }));
            }
            for (Future<Integer> client : all) {
                client.get();
            }
        }
    }

    private static String body(String key) {
        return "{\"cents\":" + (100 + key.length()) + "}";
    }

    /** Sends what is to be refused; nothing is done then. */
    private static void refuse(Play play, String store, HttpClients clients) throws Exception {
        int other = clients.untilAnswered("p-0", "{\"cents\":1}").statusCode();
        play.check(store + ": under its key another payment is 422", other == UNPROCESSABLE, 1, "it is " + other);
        HttpResponse<String> none = clients.once("", body("p-0"));
        play.check(store + ": without a key a payment is 400", none.statusCode() == BAD_REQUEST, 1, none.toString());
        play.note("without a key: " + none.body().strip());
    }

    private static void check(Play play, String store, AskedDatabase payments) throws SQLException {
        long answers = payments.number("select count(*) from answer");
        long paid = payments.number("select count(*) from payment");
        play.none(
                store + ": every client was answered 200",
                answers,
                payments,
                "select client_key from answer where status <> 200");
        play.none(
                store + ": all who asked under a key got one answer",
                answers,
                payments,
                "select client_key from answer group by client_key having count(distinct body) > 1");
        play.none(store + ": the answer is the payment that stands, once for each key", paid, payments, """
            select coalesce(a.client_key, p.client_key) from (select distinct client_key, body from answer) as a
            full join payment p using (client_key) where a.body is distinct from '{"payment":"' || p.number || '"}'
            """);
        play.none(
                store + ": no request ran twice",
                paid,
                payments,
                "select client_key from run group by client_key having count(*) > 1");
    }
}
