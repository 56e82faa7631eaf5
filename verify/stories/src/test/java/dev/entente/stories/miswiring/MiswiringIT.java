package dev.entente.stories.miswiring;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.rig.Playground;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import shop.v1.ChargeRequest;
import shop.v1.PaymentServiceGrpc;

/**
 * Participants with ten wrong wirings. A real coordinator does not receive their first success response and calls
 * again. No participant debits twice without a report, and each participant reports the mistake. Debits are counted in
 * the database.
 */
final class MiswiringIT {
    private static final int ATTEMPTS = 4;

    private static Playground playground;
    private static MiswiredParticipants participants;
    private static WrongWirings wirings;
    private static Entente entente;
    private static ManagedChannel operator;

    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.entente.participant");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        participants = new MiswiredParticipants(playground.database());
        wirings = new WrongWirings(participants);
        wirings.wireAll();
        String coordinator = playground
                .startCoordinator("miswired", 0, 0, participants.targets(), Map.of())
                .ready()
                .grpc();
        entente = Entente.builder(coordinator).build();
        operator = NettyChannelBuilder.forTarget(coordinator).usePlaintext().build();
    }

    @AfterAll
    static void stop() {
        entente.close();
        operator.shutdownNow();
        participants.close();
        playground.close();
    }

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(log);
    }

    private static Outcome charge(String wiring, String gid) {
        Saga saga = entente.saga("charge").gid(gid).retry(Retry.fixed(Duration.ofMillis(100), ATTEMPTS));
        saga.step(
                        "debit",
                        entente.participant(wiring)
                                .call(
                                        PaymentServiceGrpc.getChargeMethod(),
                                        ChargeRequest.newBuilder()
                                                .setAccount(gid)
                                                .setCents(1)
                                                .build()))
                .nothingToUndo();
        return saga.submitAndWait(PatientAwaits.BOUND);
    }

    private static long debits(String database, String gid) throws Exception {
        return playground.database().ask(database).number("select count(*) from debit where gid = ?", gid);
    }

    private static long debits(String gid) throws Exception {
        return debits(MiswiredParticipants.BANK, gid);
    }

    private static void assertParkedWith(String gid, String... texts) {
        Transaction seen = entente.transactions().get(gid);
        assertThat(seen.hasParked()).as(seen.toString()).isTrue();
        assertThat(seen.getParked().getReason()).isEqualTo(Parked.Reason.TARGET_MISCONFIGURED);
        assertThat(seen.getParked().getDetail()).contains(texts);
    }

    /** Retries the transaction like an operator who ignores the reported mistake. */
    private static void retryParked(String gid) {
        int before = participants.answers.calls(gid);
        OperatorServiceGrpc.newBlockingStub(operator)
                .retryTransaction(OperateRequest.newBuilder()
                        .setGid(gid)
                        .setReason("try it again")
                        .build());
        Awaitility.await().until(() -> {
            Transaction seen = entente.transactions().get(gid);
            return participants.answers.calls(gid) > before && (seen.hasParked() || seen.getTerminal());
        });
    }

    private void assertLogged(String text) {
        assertThat(log.list).extracting(ILoggingEvent::getFormattedMessage).anyMatch(line -> line.contains(text));
    }

    /** Wirings 1 (where the barrier responds), 3, 5, 6, 7 and 10. */
    @ParameterizedTest
    @CsvSource({
        "no-interceptor-unary, ENT-095, ParticipantWiring",
        "hop, ENT-095, CallContext",
        "wrong-source, ENT-091, createTable",
        "autocommit, ENT-090, setAutoCommit(false)",
        "outer, ENT-096, DataSourceUtils",
        "commits-by-connection, ENT-097, commit()"
    })
    void a_wrong_wiring_detected_before_the_debit_parks_the_transaction_each_time(
            String wiring, String code, String advice) throws Exception {
        charge(wiring, wiring);
        assertParkedWith(wiring, code, advice);
        retryParked(wiring);
        assertParkedWith(wiring, code, advice);
        assertThat(participants.answers.calls(wiring)).isGreaterThan(1);
        assertThat(debits(wiring)).isZero();
        assertThat(debits("bank_without_barrier", wiring)).isZero();
    }

    @Test
    void wiring_1_without_interceptor_logs_the_error_and_debits_nothing() throws Exception {
        Outcome outcome = charge("no-interceptor", "no-interceptor");

        assertThat(outcome).as("gRPC tells unknown what a handler throws").isInstanceOf(Outcome.Aborted.class);
        assertLogged("ENT-095");
        assertLogged("ParticipantWiring");
        assertThat(participants.answers.calls("no-interceptor")).isEqualTo(ATTEMPTS);
        assertThat(debits("no-interceptor")).isZero();
    }

    @Test
    void wiring_2_stream_without_interceptor_parks_and_never_debits_twice() throws Exception {
        List<String> parked = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String gid = "bare-stream-" + i;
            Outcome outcome = charge("bare-stream", gid);
            assertThat(debits(gid)).isLessThanOrEqualTo(1);
            if (!(outcome instanceof Outcome.Succeeded)) {
                assertParkedWith(gid, "ENT-095", "ParticipantWiring");
                parked.add(gid);
            }
        }
        assertThat(parked).as("of twenty races").isNotEmpty();
        retryParked(parked.getLast());
        assertParkedWith(parked.getLast(), "ENT-095");
        assertThat(debits(parked.getLast())).isZero();
    }

    @Test
    void wiring_4_body_with_another_data_source_is_logged() throws Exception {
        assertThat(charge("other-source", "other-source")).isInstanceOf(Outcome.Succeeded.class);

        assertThat(participants.answers.calls("other-source")).isEqualTo(2);
        assertThat(debits("other-source")).isEqualTo(1);
        assertLogged("changed nothing on the given connection");
    }

    /** No barrier protects work on another connection, so the second debit is not prevented but logged. */
    @Test
    void wiring_4_with_a_broken_barrier_connection_debits_twice_and_is_logged() throws Exception {
        String gid = "other-source-and-broken";
        assertThat(charge(gid, gid)).isInstanceOf(Outcome.Succeeded.class);

        assertThat(debits(gid)).isEqualTo(2);
        assertLogged("changed nothing on the given connection");
    }

    @Test
    void wiring_8_retried_listener_needs_an_explicit_branch() throws Exception {
        List<String> messages = new ArrayList<>();
        for (int delivery = 1; delivery <= 3; delivery++) {
            messages.add(
                    participants.threads.submit(() -> messageOf("listener")).get());
        }
        assertThat(messages).hasSize(3);
        assertThat(messages).allSatisfy(text -> assertThat(text).contains("ENT-095", "barrier.run(branch, …)"));
        assertThat(debits("listener")).isZero();

        Branch named = Branch.of("listener", "debit", BranchOp.ACTION);
        for (int delivery = 1; delivery <= 3; delivery++) {
            participants.barrier.run(
                    named,
                    wirings.bank(),
                    MiswiredCharge.NOTHING,
                    connection -> MiswiredCharge.debit(connection, "listener"));
        }
        assertThat(debits("listener")).isEqualTo(1);
    }

    private static String messageOf(String gid) {
        try {
            return "nothing was wrong with " + wirings.guarded(gid);
        } catch (Exception refused) {
            return String.valueOf(refused.getMessage());
        }
    }

    @Test
    void wiring_9_second_instance_with_an_older_barrier_table_is_parked() throws Exception {
        charge("old-barrier", "old-barrier");

        assertParkedWith("old-barrier", "ENT-091", "another version", "search_path");
        assertThat(participants.answers.calls("old-barrier")).isEqualTo(2);
        assertThat(debits("old-barrier")).isEqualTo(1);
        assertThat(debits("bank_old", "old-barrier")).isZero();
    }

    /** Schemas of tenants look identical, so the second barrier is logged and not refused. */
    @Test
    void wiring_9_second_barrier_in_another_schema_debits_twice_and_is_logged() throws Exception {
        assertThat(charge("two-barriers", "two-barriers")).isInstanceOf(Outcome.Succeeded.class);

        assertThat(debits("bank_of_two", "two-barriers")).isEqualTo(2);
        assertLogged("this database has other tables entente_barrier, in two");
        assertLogged("this database has other tables entente_barrier, in one");
    }

    @Test
    void wiring_10_body_that_commits_by_a_statement_is_parked_after_one_debit() throws Exception {
        charge("commits-by-statement", "commits-by-statement");
        assertParkedWith("commits-by-statement", "ENT-097", "ended the transaction itself");
        assertThat(debits("commits-by-statement")).isEqualTo(1);

        retryParked("commits-by-statement");
        assertParkedWith("commits-by-statement", "ENT-097", "ended the transaction itself");
        assertThat(debits("commits-by-statement")).isEqualTo(1);
    }

    @Test
    void wiring_10_body_that_rolls_back_and_commits_is_parked_after_one_debit() throws Exception {
        charge("rolls-back-and-commits", "rolls-back-and-commits");

        assertParkedWith("rolls-back-and-commits", "ENT-097", "ended the transaction itself");
        assertThat(participants.answers.calls("rolls-back-and-commits")).isEqualTo(1);
        assertThat(debits("rolls-back-and-commits")).isEqualTo(1);
    }
}
