package dev.entente.stories.demo;

import dev.entente.backends.LoopbackPorts;
import dev.entente.demo.ShopService;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Worker;
import dev.entente.stories.service.HttpClients;
import dev.entente.stories.service.PaymentEntry;
import dev.entente.stories.service.WorkerCommand;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The scenario of payments under the clients' keys, sent several times at once, with keys in PostgreSQL and Redis. */
final class IdempotencyScenario {
    static final Scenario SCENARIO = Scenario.named(
                    "idempotency",
                    ShopService.PAYMENT,
                    "Clients pay over HTTP. Each payment has its own key and is sent three times at once. Two services"
                            + " take payments: one stores the keys in PostgreSQL, the other in Redis. All requests"
                            + " with one key get the same response, and the payment exists once.",
                    IdempotencyScenario::play)
            .with()
            .on(ExternalPrograms.Part.REDIS)
            .killable();

    private static final int PAYMENTS = 100;
    private static final int COPIES = 3;
    /** Counts the payments that ran and of which no client has the response yet. */
    private static final String UNANSWERED =
            "select count(*) from (select client_key from run except select client_key from answer) unanswered";

    private static final int BAD_REQUEST = 400;
    private static final int UNPROCESSABLE = 422;

    private IdempotencyScenario() {}

    /** A service that takes payments: the name of its key store, its database, its process and its clients. */
    private record Desk(String store, SqlDatabase payments, Worker door, HttpClients clients) {}

    private static void play(ScenarioRun play) throws Exception {
        String redis = Integer.toString(play.stage().parts().redis().port());
        List<Desk> desks = List.of(
                open(play, "PostgreSQL", "payments_sql"), open(play, "Redis", "payments_redis", "--redis", redis));
        Kills kills = new Kills(play, 0, () -> 0);
        desks.forEach(desk -> kills.of(desk.door(), () -> desk.payments().number(UNANSWERED)));
        // several clients send the same payment at once
        kills.during(desks.size() * PAYMENTS * COPIES, (number, _) -> {
            Desk desk = desks.get(number / COPIES % desks.size());
            String key = "p-" + number / COPIES / desks.size();
            HttpResponse<String> answer = desk.clients().untilAnswered(key, body(key));
            desk.payments().change("insert into answer values (?, ?, ?)", key, answer.statusCode(), answer.body());
        });
        for (Desk desk : desks) {
            refuse(play, desk.store(), desk.clients());
            check(play, desk.store(), desk.payments());
        }
    }

    private static Desk open(ScenarioRun play, String store, String name, String... more) throws Exception {
        SqlDatabase payments = play.create(name);
        payments.change(PaymentEntry.TABLES);
        int port = LoopbackPorts.next();
        List<String> arguments = new ArrayList<>(
                WorkerCommand.arguments(payments, 0, play.shop().isAnyFaulty(), "--port", Integer.toString(port)));
        arguments.addAll(List.of(more));
        Worker door = play.worker("payments by " + store, PaymentEntry.class, arguments);
        return new Desk(store, payments, door, new HttpClients(port));
    }

    private static String body(String key) {
        return "{\"cents\":" + (100 + key.length()) + "}";
    }

    /** Sends requests that the service must refuse without any work. */
    private static void refuse(ScenarioRun play, String store, HttpClients clients) throws Exception {
        int other = clients.untilAnswered("p-0", "{\"cents\":1}").statusCode();
        play.check(
                store + ": another payment with the same key gets 422",
                other == UNPROCESSABLE,
                1,
                "the status is " + other);
        HttpResponse<String> none = clients.once("", body("p-0"));
        play.check(store + ": a payment without a key gets 400", none.statusCode() == BAD_REQUEST, 1, none.toString());
        play.note("without a key: " + none.body().strip());
    }

    private static void check(ScenarioRun play, String store, SqlDatabase payments) throws SQLException {
        long answers = payments.number("select count(*) from answer");
        long paid = payments.number("select count(*) from payment");
        play.none(
                store + ": every client got 200",
                answers,
                payments,
                "select client_key from answer where status <> 200");
        play.none(
                store + ": all requests with one key got the same response",
                answers,
                payments,
                "select client_key from answer group by client_key having count(distinct body) > 1");
        play.none(store + ": the response is the stored payment, one for each key", paid, payments, """
            select coalesce(a.client_key, p.client_key) from (select distinct client_key, body from answer) as a
            full join payment p using (client_key) where a.body is distinct from '{"payment":"' || p.number || '"}'
            """);
        // A request runs again if its process is killed before its response is stored: at most one per client and kill.
        long again = payments.number("select count(*) - count(distinct client_key) from run");
        long interrupted = (long) play.stage().kills() * Kills.CLIENTS;
        play.check(
                store + ": no request ran twice" + (interrupted == 0 ? "" : ", except those that a kill interrupted"),
                again <= interrupted,
                paid,
                again + " requests ran again");
    }
}
