package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.BranchFailed;
import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Participant;
import dev.entente.client.Response;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.Branch;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Tests records as bodies and results between a Spring application and its controllers, through a real coordinator. */
final class TypedHttpIT {
    private static RunningApplication application;
    private static Entente entente;
    private static Participant bank;

    record Freeze(String account, int cents) {}

    record Frozen(String id) {}

    record Settle(String id) {}

    record Pay(String account, String freeze, List<String> items) {}

    record Paid(String receipt, int items) {}

    @RejectedAs("NO_MONEY")
    static class NoMoney extends RuntimeException {
        private static final long serialVersionUID = 1;

        NoMoney() {
            super("the account is empty");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Bank.class)
    static class Application {}

    @RestController
    static class Bank {
        private final JdbcClient jdbc;
        private final TransactionalOutbox outbox;
        private final Entente entente;

        Bank(JdbcClient jdbc, TransactionalOutbox outbox, Entente entente) {
            this.jdbc = jdbc;
            this.outbox = outbox;
            this.entente = entente;
        }

        @PostMapping("/freezes")
        @Barriered
        Frozen freeze(@RequestBody Freeze freeze) {
            int attempt = Branch.required().attempt();
            if (freeze.account().equals("poor")) {
                throw new NoMoney();
            }
            if (freeze.account().equals("down") || (freeze.account().equals("shaky") && attempt < 3)) {
                throw new IllegalStateException("a defect");
            }
            note("frozen", freeze.account(), freeze.account() + "-" + attempt);
            return new Frozen(freeze.account() + "-" + attempt);
        }

        @PostMapping("/confirms")
        @Barriered
        void confirm(@RequestBody Settle settle) {
            note("confirmed", Branch.required().name(), settle.id());
        }

        @PostMapping("/cancels")
        @Barriered
        void cancel(@RequestBody Settle settle) {
            note("cancelled", Branch.required().name(), settle.id());
        }

        @PostMapping("/payments")
        @Barriered
        Paid pay(@RequestBody Pay pay) {
            note("paid", pay.account(), pay.freeze());
            return new Paid("r-" + pay.freeze(), pay.items().size());
        }

        private void note(String what, String who, String id) {
            jdbc.sql("insert into deed values (?, ?, ?, ?)")
                    .params(Branch.required().gid(), what, who, id)
                    .update();
        }

        @Transactional
        public void place(String gid) {
            outbox.enqueue(OutboxMessage.toCoordinator(order(entente, gid).result("pay")));
        }
    }

    private static Saga order(Entente entente, String gid) {
        Participant bank = entente.participant("bank");
        return entente.saga("order")
                .gid(gid)
                .step(
                        "freeze",
                        bank.post("/freezes").json(new Freeze("alice", 10)),
                        freeze -> freeze.compensateWith(bank.post("/cancels").json(new Settle("alice"))))
                .step(
                        "pay",
                        bank.post("/payments")
                                .json(new Pay("alice", "", List.of("chair", "table")))
                                .require("/freeze", Response.of("freeze").field("/id")),
                        pay -> pay.nothingToUndo().pivot());
    }

    @BeforeAll
    static void start() throws Exception {
        application = RunningApplication.start(
                Application.class,
                "bank",
                "/api",
                "create table deed (gid text, what text, who text, id text)",
                "entente.outbox.create-tables=true",
                "entente.outbox.relay.enabled=true");
        entente = application.entente();
        bank = entente.participant("bank");
    }

    @AfterAll
    static void stop() {
        application.close();
    }

    private static List<@Nullable String> effects(String gid) {
        return application
                .jdbc()
                .sql("select what || ' ' || who || ' ' || id from deed where gid = ? order by 1")
                .param(gid)
                .query(String.class)
                .list();
    }

    private static void awaitEffects(String gid, String... effects) {
        Awaitility.await().untilAsserted(() -> assertThat(effects(gid)).containsExactly(effects));
    }

    private static Call<Frozen> freeze(String account) {
        return bank.post("/freezes")
                .json(new Freeze(account, 10))
                .returning(Frozen.class)
                .retry(Retry.exponential(Duration.ofMillis(1), Duration.ofMillis(10), 3));
    }

    private static Call<?> confirm(Response tried) {
        return bank.post("/confirms").json(new Settle("")).require("/id", tried.field("/id"));
    }

    private static Call<?> cancel() {
        return bank.post("/cancels").json(new Settle("?"));
    }

    @Test
    void a_saga_in_one_expression_returns_a_record() {
        Paid paid = order(entente, "typed-1").run("pay", Paid.class, PatientAwaits.BOUND);

        assertThat(paid).isEqualTo(new Paid("r-alice-1", 2));
        assertThat(effects("typed-1")).containsExactly("frozen alice alice-1", "paid alice alice-1");
    }

    @Test
    void a_saga_returns_the_class_of_a_step_and_another_class_is_refused() {
        Saga saga = entente.saga("freeze").gid("typed-2");
        Step<Frozen> step = saga.step("freeze", freeze("bob")).nothingToUndo();

        assertThat(saga.run(step, PatientAwaits.BOUND)).isEqualTo(new Frozen("bob-1"));
        assertThatThrownBy(() -> saga.run("freeze", Integer.class, PatientAwaits.BOUND))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("typed-2", "'freeze'", "java.lang.Integer");
    }

    @Test
    void the_result_of_an_enqueued_saga_can_be_awaited() {
        application.context().getBean(Bank.class).place("typed-3");

        awaitEffects("typed-3", "frozen alice alice-1", "paid alice alice-1");
        assertThat(entente.transactions().await("typed-3", PatientAwaits.BOUND).result(Paid.class))
                .isEqualTo(new Paid("r-alice-1", 2));
    }

    @Test
    void the_confirms_of_an_interactive_tcc_get_the_responses_of_its_tries() {
        String ids = entente.tcc("transfer").gid("typed-4").execute(scope -> {
            Frozen debit = scope.tryBranch("debit", freeze("alice"), TypedHttpIT::confirm, cancel());
            Frozen credit = scope.tryBranch("credit", freeze("shaky"), TypedHttpIT::confirm, cancel());
            return debit.id() + " " + credit.id();
        });

        assertThat(ids).isEqualTo("alice-1 shaky-3");
        awaitEffects(
                "typed-4",
                "confirmed credit shaky-3",
                "confirmed debit alice-1",
                "frozen alice alice-1",
                "frozen shaky shaky-3");
    }

    @Test
    void a_rejection_over_http_cancels_the_earlier_tries() {
        BranchFailed failed = catchThrowableOfType(
                BranchFailed.class,
                () -> entente.tcc("transfer").gid("typed-5").execute(scope -> {
                    scope.tryBranch("debit", freeze("alice"), TypedHttpIT::confirm, cancel());
                    return scope.tryBranch("credit", freeze("poor"), TypedHttpIT::confirm, cancel());
                }));

        assertThat(failed.rejection()).isEqualTo("NO_MONEY");
        assertThat(failed).hasMessageContaining("the account is empty");
        awaitEffects("typed-5", "cancelled debit ?", "frozen alice alice-1");
    }

    @Test
    void a_try_with_an_unknown_outcome_is_cancelled() {
        assertThatThrownBy(() -> entente.tcc("transfer")
                        .gid("typed-6")
                        .execute(scope -> scope.tryBranch("debit", freeze("down"), TypedHttpIT::confirm, cancel())))
                .isInstanceOfSatisfying(
                        BranchFailed.class, failed -> assertThat(failed.code()).isEqualTo("UNAVAILABLE"));

        assertThat(entente.transactions().await("typed-6", PatientAwaits.BOUND)).isInstanceOf(Outcome.Aborted.class);
        assertThat(effects("typed-6")).isEmpty(); // a cancel without a completed try does nothing
    }
}
