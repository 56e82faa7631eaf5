package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.AnswerFormat;
import dev.entente.v1.Transaction;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Tests a Spring application that starts and joins transactions, with a real coordinator that is killed. */
final class StarterIT {
    private static final AnswerFormat<String> JSON = AnswerFormat.text("{}", Function.identity(), Function.identity());

    private static RunningApplication application;
    private static Entente entente;

    @RejectedAs("NO_MONEY")
    static class NoMoney extends RuntimeException {
        private static final long serialVersionUID = 1;

        NoMoney() {
            super("the account is empty");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Accounts.class)
    static class Application {}

    @RestController
    static class Accounts {
        private final JdbcClient jdbc;
        private final TransactionalBarrier barrier;
        private final TransactionalOutbox outbox;
        private final Entente entente;

        Accounts(JdbcClient jdbc, TransactionalBarrier barrier, TransactionalOutbox outbox, Entente entente) {
            this.jdbc = jdbc;
            this.barrier = barrier;
            this.outbox = outbox;
            this.entente = entente;
        }

        @PostMapping("/credit")
        @Transactional
        public String credit(@RequestBody String account) {
            return barrier.run(JSON, () -> changed(account, 10));
        }

        @PostMapping("/credit/undo")
        @Transactional
        public String undo(@RequestBody String account) {
            return barrier.run(JSON, () -> changed(account, -10));
        }

        @PostMapping("/debit")
        @Transactional
        public String debit(@RequestBody String account) {
            return barrier.run(JSON, () -> {
                String answer = changed(account, -10);
                if (jdbc.sql("select cents from account where id = ?")
                                .param(account)
                                .query(Integer.class)
                                .single()
                        < 0) {
                    throw new NoMoney();
                }
                return answer;
            });
        }

        private String changed(String account, int cents) {
            jdbc.sql("insert into account values (?, ?) on conflict (id) do update set cents = account.cents + ?")
                    .params(account, cents, cents)
                    .update();
            return "{\"done\":true}";
        }

        @PostMapping("/orders")
        @Transactional
        public void order(@RequestBody String gid) {
            Saga saga = entente.saga("order").gid(gid);
            saga.step(
                            "credit",
                            entente.participant("accounts").post("/credit").body(gid.getBytes(StandardCharsets.UTF_8)))
                    .nothingToUndo();
            outbox.enqueue(OutboxMessage.toCoordinator(saga));
            if (gid.startsWith("bad")) {
                throw new IllegalStateException("the order is not placed after all");
            }
        }
    }

    @BeforeAll
    static void start() throws Exception {
        application = RunningApplication.start(
                Application.class,
                "accounts",
                "",
                "create table account (id text primary key, cents int not null)",
                "entente.outbox.create-tables=true",
                "entente.outbox.relay.enabled=true",
                "management.endpoint.health.show-details=always",
                "management.endpoints.web.exposure.include=health,info,metrics,entente");
        entente = application.entente();
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    private static int cents(String account) {
        return application
                .jdbc()
                .sql("select coalesce(sum(cents), 0) from account where id = ?")
                .param(account)
                .query(Integer.class)
                .single();
    }

    private static HttpResponse<String> post(String path, String body) {
        return TestRequests.send(application.context(), "POST", path, body);
    }

    private static String get(String path) {
        return TestRequests.send(application.context(), "GET", path, "").body();
    }

    private static Saga transfer(String gid, String from, String to) {
        Saga saga = entente.saga("transfer").gid(gid);
        saga.step("credit", entente.participant("accounts").post("/credit").body(to.getBytes(StandardCharsets.UTF_8)))
                .compensateWith(
                        entente.participant("accounts").post("/credit/undo").body(to.getBytes(StandardCharsets.UTF_8)));
        saga.step("debit", entente.participant("accounts").post("/debit").body(from.getBytes(StandardCharsets.UTF_8)))
                .nothingToUndo();
        return saga;
    }

    @Test
    void a_saga_over_controllers_succeeds_and_another_one_is_compensated() throws Exception {
        post("/credit", "alice");

        assertThat(transfer("t-1", "alice", "bob").submitAndWait(PatientAwaits.BOUND))
                .isInstanceOf(Outcome.Succeeded.class);
        assertThat(cents("alice")).isZero();
        assertThat(cents("bob")).isEqualTo(10);

        Outcome second = transfer("t-2", "alice", "bob").submitAndWait(PatientAwaits.BOUND);
        assertThat(second)
                .isInstanceOfSatisfying(
                        Outcome.Aborted.class,
                        aborted -> assertThat(aborted.reason()).contains("NO_MONEY", "the account is empty"));
        assertThat(cents("alice")).isZero();
        assertThat(cents("bob")).isEqualTo(10);
    }

    @Test
    void an_enqueued_saga_starts_on_commit_and_not_on_rollback() throws Exception {
        assertThat(post("/orders", "good-0").statusCode()).isEqualTo(200);
        assertThat(post("/orders", "bad-0").statusCode()).isEqualTo(500);

        Awaitility.await().untilAsserted(() -> assertThat(cents("good-0")).isEqualTo(10));

        assertThat(cents("bad-0")).isZero();
        Awaitility.await()
                .untilAsserted(() -> assertThat(get("/actuator/health"))
                        .contains("\"ententeCoordinator\"", "\"ententeOutbox\"")
                        .doesNotContain("DOWN"));
        assertThat(get("/actuator/info")).contains("\"entente\"");
        assertThat(get("/actuator/entente")).contains("\"openTransactions\":[", "\"parkedMessages\":[]");
        assertThat(get("/actuator/metrics")).contains("outbox");
    }

    @Test
    @Tag("deep")
    @Tag("starter")
    void an_enqueued_saga_starts_after_an_outage_of_the_coordinator() throws Exception {
        application.coordinator().kill();
        assertThat(post("/orders", "good-1").statusCode()).isEqualTo(200);
        assertThat(post("/orders", "bad-1").statusCode()).isEqualTo(500);
        // A first check without a response reports UNKNOWN, because the connection may be starting.
        Awaitility.await()
                .untilAsserted(() -> assertThat(get("/actuator/health"))
                        .contains("\"ententeCoordinator\"", "DOWN", "\"ententeOutbox\""));
        application.coordinator().start(Map.of());

        Awaitility.await().untilAsserted(() -> assertThat(cents("good-1")).isEqualTo(10));

        assertThat(entente.transactions()
                        .await("good-1", PatientAwaits.BOUND)
                        .orThrow()
                        .getState())
                .isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(cents("bad-1")).isZero();
        Awaitility.await()
                .untilAsserted(() -> assertThat(get("/actuator/health")).doesNotContain("DOWN"));
    }
}
