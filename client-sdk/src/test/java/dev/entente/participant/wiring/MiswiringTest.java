package dev.entente.participant.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import bank.v1.FreezeResponse;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import dev.entente.participant.TestDatabase;
import dev.entente.participant.XaParticipant;
import dev.entente.participant.stream.ParticipantStream;
import io.grpc.Context;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Participants wired wrongly: none debits twice in silence, and each says what is wrong. */
class MiswiringTest {
    private static final FreezeResponse NOTHING = FreezeResponse.getDefaultInstance();

    private final DataSource database = TestDatabase.schema("miswiring");
    private final Barrier barrier = Barrier.postgres();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Logger logger = (Logger) LoggerFactory.getLogger("dev.entente.participant");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void createTables() throws SQLException {
        barrier.createTable(database);
        TestDatabase.execute(database, "create table debit (cents int)");
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(log);
        threads.shutdownNow();
    }

    private FreezeResponse debit() throws SQLException {
        return barrier.run(database, NOTHING, DebitService::debit);
    }

    private int debits() throws SQLException {
        return Integer.parseInt(TestDatabase.text(database, "select count(*) from debit"));
    }

    private void assertSaid(String what) {
        assertThat(log.list).extracting(ILoggingEvent::getFormattedMessage).anyMatch(line -> line.contains(what));
    }

    @Test
    void no_interceptor() throws Exception {
        DebitService service = new DebitService(this::debit);
        try (DebitServer server =
                DebitServer.start(builder -> builder.executor(threads).addService(service))) {
            assertThat(server.unary("order-1").isOk()).isFalse();
            assertThat(server.unary("order-1").isOk()).isFalse();
        }
        assertThat(debits()).isZero();
        assertSaid("ENT-095");
    }

    @Test
    void a_stream_without_the_interceptor_that_the_server_has() throws Exception {
        DebitService service = new DebitService(this::debit);
        try (DebitServer server = DebitServer.start(builder -> builder.executor(threads)
                .addService(service)
                .addService(
                        ParticipantStream.builder(threads).addService(service).build())
                .intercept(new BranchInterceptor()))) {
            assertThat(server.unary("order-1").isOk()).isTrue();
            for (int call = 1; call <= 3; call++) {
                assertThat(server.streamed("order-1").text()).contains("ENT-095", "ParticipantWiring");
            }
        }
        assertThat(debits()).isEqualTo(1);
    }

    @Test
    void a_hop_to_another_thread_without_the_call() throws Exception {
        ExecutorService workers = Executors.newSingleThreadExecutor();
        ParticipantWiring wiring = ParticipantWiring.of(threads).service(new DebitService(() -> hopped(workers)));
        try (DebitServer server = DebitServer.start(wiring::on)) {
            for (int call = 1; call <= 2; call++) {
                assertThat(server.unary("order-1").text()).contains("ENT-095", "CallContext");
                assertThat(server.streamed("order-1").text()).contains("ENT-095", "CallContext");
            }
        }
        workers.shutdown();
        assertThat(debits()).isZero();
    }

    private FreezeResponse hopped(ExecutorService workers) throws Exception {
        try {
            return CompletableFuture.supplyAsync(() -> "work", workers)
                    .thenCompose(work -> CompletableFuture.supplyAsync(() -> "more work", workers))
                    .thenCombine(
                            CompletableFuture.supplyAsync(() -> joined(this::debit), workers),
                            (work, response) -> response)
                    .get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        }
    }

    private static FreezeResponse joined(DebitService.Handler handler) {
        try {
            return handler.run();
        } catch (RuntimeException thrown) {
            throw thrown;
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Test
    void a_listener_of_a_queue_that_is_retried() throws Exception {
        for (int delivery = 1; delivery <= 3; delivery++) {
            assertThat(caught(this::debit)).contains("ENT-095", "barrier.run(branch, …)");
        }
        assertThat(debits()).isZero();
    }

    /** A call of that branch outside of any server, as often as a coordinator likes. */
    private static String called(String gid, DebitService.Handler handler) {
        return caught(() ->
                Branch.of(gid, "debit", BranchOp.TRY).in(Context.current()).call(handler::run));
    }

    @Test
    void two_data_sources_where_the_body_uses_the_other_one() throws Exception {
        DebitService.Handler beside = () -> barrier.run(database, NOTHING, connection -> {
            try (Connection other = database.getConnection()) {
                return DebitService.debit(other);
            }
        });
        assertThat(called("order-1", beside)).startsWith("nothing was wrong");
        assertThat(called("order-1", beside)).startsWith("nothing was wrong");

        assertThat(debits()).isEqualTo(1);
        assertSaid("changed nothing on the connection that it was given");
    }

    @Test
    void a_body_that_uses_the_other_one_and_fails_behind_it_is_told_of_at_its_first_call() throws Exception {
        assertThat(called(
                        "order-1",
                        () -> barrier.run(database, NOTHING, connection -> {
                            try (Connection other = database.getConnection()) {
                                DebitService.debit(other);
                            }
                            throw new SQLException("later trouble");
                        })))
                .contains("later trouble");

        assertSaid("each further call does it again");
    }

    @Test
    void a_body_that_uses_the_other_one_is_told_of_though_its_first_call_failed() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        DebitService.Handler beside = () -> barrier.run(database, NOTHING, connection -> {
            try (Connection other = database.getConnection()) {
                DebitService.debit(other);
            }
            if (calls.incrementAndGet() == 1) {
                throw new SQLException("the connection broke");
            }
            return NOTHING;
        });
        assertThat(called("order-1", beside)).contains("the connection broke");
        assertThat(called("order-1", beside)).startsWith("nothing was wrong");

        assertThat(debits()).isEqualTo(2);
        assertSaid("changed nothing on the connection that it was given");
    }

    @Test
    void a_body_that_rolls_back_by_a_statement_and_commits_what_it_does_then() throws Exception {
        assertThat(called(
                        "order-1",
                        () -> barrier.run(database, NOTHING, connection -> {
                            try (Statement statement = connection.createStatement()) {
                                statement.execute("rollback");
                                DebitService.debit(connection);
                                statement.execute("commit");
                            }
                            return NOTHING;
                        })))
                .contains("ENT-097", "ended the transaction by itself");

        assertThat(debits()).isEqualTo(1);
    }

    @Test
    void a_data_source_of_a_database_without_the_barrier() throws Exception {
        DataSource wrong = TestDatabase.schema("miswiring_wrong");
        for (int call = 1; call <= 2; call++) {
            assertThat(called("order-1", () -> barrier.run(wrong, NOTHING, DebitService::debit)))
                    .contains("ENT-091", "createTable");
        }
        assertThat(debits()).isZero();
    }

    @Test
    void a_connection_that_commits_each_statement() throws Exception {
        for (int call = 1; call <= 2; call++) {
            try (Connection connection = database.getConnection()) {
                assertThat(called("order-1", () -> barrier.run(connection, NOTHING, DebitService::debit)))
                        .contains("ENT-090", "setAutoCommit(false)");
            }
        }
        assertThat(debits()).isZero();
    }

    @Test
    void a_data_source_that_hands_out_the_connection_of_the_callers_transaction() throws Exception {
        try (Connection outer = database.getConnection()) {
            outer.setAutoCommit(false);
            DebitService.debit(outer);
            DataSource wrapping = new OneConnection(outer);
            assertThat(called("order-1", () -> barrier.run(wrapping, NOTHING, DebitService::debit)))
                    .contains("ENT-096", "DataSourceUtils");
            assertThat(called(
                            "order-1", () -> XaParticipant.of(barrier, wrapping).prepare(NOTHING, DebitService::debit)))
                    .contains("ENT-096");
            outer.rollback();
        }
        assertThat(debits()).isZero();
    }

    @Test
    void a_data_source_whose_commit_stands_beside_the_callers_transaction() throws Exception {
        TransactionSynchronizationManager.setActualTransactionActive(true);
        try {
            assertThat(called("order-1", this::debit)).contains("ENT-096", "@Transactional");
        } finally {
            TransactionSynchronizationManager.setActualTransactionActive(false);
        }
        assertThat(debits()).isZero();
    }

    @Test
    void a_data_source_that_leaves_the_commit_to_a_caller_who_sent_no_statement_yet() throws Exception {
        try (Connection outer = database.getConnection()) {
            outer.setAutoCommit(false);
            DataSource keeping = OneConnection.whoseCommitDoesNothing(outer);
            for (int call = 1; call <= 2; call++) {
                assertThat(called("order-1", () -> barrier.run(keeping, NOTHING, DebitService::debit)))
                        .contains("ENT-096", "ended no transaction");
                outer.rollback();
            }
        }
        assertThat(debits()).isZero();
    }

    @Test
    void the_callers_transaction_itself_is_fine_by_its_connection() throws Exception {
        try (Connection outer = database.getConnection()) {
            outer.setAutoCommit(false);
            assertThat(called("order-1", () -> barrier.run(outer, NOTHING, DebitService::debit)))
                    .startsWith("nothing was wrong");
            outer.rollback();
        }
        assertThat(debits()).isZero();
        assertThat(TestDatabase.text(database, "select count(*) from entente_barrier"))
                .isEqualTo("0");
    }

    @Test
    void an_instance_on_a_barrier_of_an_older_schema() throws Exception {
        DataSource old = TestDatabase.schema("miswiring_old");
        TestDatabase.execute(old, "create table debit (cents int)");
        TestDatabase.execute(
                old,
                "create table entente_barrier (gid text, branch text, op text, verdict text, fence bigint,"
                        + " response bytea, primary key (gid, branch, op))");
        for (int call = 1; call <= 2; call++) {
            assertThat(called("order-1", () -> barrier.run(old, NOTHING, DebitService::debit)))
                    .contains("ENT-091", "another version", "search_path");
        }
        assertThat(TestDatabase.text(old, "select count(*) from debit")).isEqualTo("0");
    }

    @Test
    void an_instance_on_the_barrier_of_another_schema() throws Exception {
        DataSource second = TestDatabase.schema("miswiring_second");
        Barrier others = Barrier.postgres();
        others.createTable(second);
        called("order-1", () -> others.run(second, NOTHING, connection -> NOTHING));
        assertSaid("other tables entente_barrier, in ");
        assertSaid("miswiring");
    }

    @Test
    void a_body_that_commits_by_its_connection() throws Exception {
        for (int call = 1; call <= 2; call++) {
            assertThat(called(
                            "order-1",
                            () -> barrier.run(database, NOTHING, connection -> {
                                DebitService.debit(connection);
                                connection.commit();
                                return NOTHING;
                            })))
                    .contains("ENT-097", "commit()");
        }
        assertThat(debits()).isZero();
    }

    @Test
    void a_body_that_commits_by_a_statement() throws Exception {
        DebitService.Handler committing = () -> barrier.run(database, NOTHING, connection -> {
            FreezeResponse done = DebitService.debit(connection);
            try (Statement commit = connection.createStatement()) {
                commit.execute("commit");
            }
            return done;
        });
        for (int call = 1; call <= 3; call++) {
            assertThat(called("order-1", committing)).contains("ENT-097", "ended the transaction");
        }

        assertThat(debits()).isEqualTo(1);
    }

    @Test
    void a_body_that_commits_and_then_says_no() throws Exception {
        assertThat(called(
                        "order-1",
                        () -> barrier.run(database, NOTHING, connection -> {
                            try (Statement commit = connection.createStatement()) {
                                commit.execute("commit");
                            }
                            throw new Rejection("TOO_LATE", "no");
                        })))
                .contains("ENT-097");
    }

    private static String caught(DebitService.Handler handler) {
        try {
            return "nothing was wrong with " + handler.run();
        } catch (Exception said) {
            return String.valueOf(said.getMessage());
        }
    }
}
