package dev.entente.participant.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import bank.v1.FreezeResponse;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import dev.entente.participant.TestDatabase;
import dev.entente.participant.XaParticipant;
import io.grpc.Context;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Participants wired wrongly in ways that no coordinator is needed for: each is told what is wrong. */
class MiswiringTest {
    private static final FreezeResponse NOTHING = FreezeResponse.getDefaultInstance();

    private final DataSource database = TestDatabase.schema("miswiring");
    private final Barrier barrier = Barrier.postgres();
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

    /** A call of that branch outside of any server, as often as a coordinator likes. */
    private static String called(String gid, DebitService.Handler handler) {
        return caught(() ->
                Branch.of(gid, "debit", BranchOp.TRY).in(Context.current()).call(handler::run));
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
