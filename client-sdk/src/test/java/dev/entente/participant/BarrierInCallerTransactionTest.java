package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.StringValue;
import dev.entente.jdbc.SqlCondition;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** The barrier inside a transaction that its caller commits or rolls back, and outside of such a transaction. */
class BarrierInCallerTransactionTest extends BarrierFixture {
    @Test
    void a_rejection_in_the_callers_transaction_is_stored_when_the_caller_commits() throws Exception {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> branch("order-1", BranchOp.ACTION)
                            .call(() -> barrier.run(connection, NOTHING, this::reject)))
                    .isInstanceOf(Rejection.class);
            connection.commit();
        }

        assertThat(verdict("action")).isEqualTo("rejected");
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_rolled_back_rejection_is_stored_in_its_own_transaction() throws Exception {
        Rejection rejection = rejectedAndRolledBack(barrier.withRejectionsStoredIn(database));

        assertThat(rejection.isSettled()).isFalse();
        assertThat(rows()).isEqualTo("0");
        assertThat(Barrier.settle(rejection))
                .isInstanceOfSatisfying(
                        Rejection.class,
                        settled -> assertThat(settled.isSettled()).isTrue());
        assertThat(verdict("action")).isEqualTo("rejected");
    }

    @Test
    void a_rolled_back_rejection_is_withdrawn_when_another_call_succeeded_meanwhile() throws Exception {
        Rejection rejection = rejectedAndRolledBack(barrier.withRejectionsStoredIn(database));
        action("order-1");

        assertThat(Barrier.settle(rejection)).isInstanceOf(InProgress.class);
        assertThat(verdict("action")).isEqualTo("done");
    }

    @Test
    void a_rolled_back_rejection_without_a_data_source_is_not_settled() throws Exception {
        Rejection rejection = rejectedAndRolledBack(barrier);

        assertThat(Barrier.settle(rejection)).isSameAs(rejection);
        assertThat(rejection.isSettled()).isFalse();
    }

    @Test
    void a_duplicate_in_repeatable_read_does_not_run_again() throws Exception {
        try (Connection early = database.getConnection()) {
            early.setAutoCommit(false);
            early.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            early.createStatement().execute("select count(*) from effect"); // its snapshot is older than the action
            action("order-1");

            Callable<StringValue> again =
                    () -> branch("order-1", BranchOp.ACTION).call(() -> barrier.run(early, NOTHING, this::apply));
            if (TestDatabase.isMariadb()) { // its locking reads see the latest rows at any level
                assertThat(again.call()).isEqualTo(StringValue.of("action of order-1"));
            } else {
                assertThatThrownBy(again::call).isInstanceOf(InProgress.class);
            }
        }
        assertThat(ran).containsExactly("action");
    }

    @Test
    void a_read_only_connection_is_refused_with_ENT_090() throws Exception {
        try (Connection connection = database.getConnection()) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> branch("order-1", BranchOp.ACTION)
                            .call(() -> barrier.run(connection, NOTHING, this::apply)))
                    .isInstanceOf(BarrierUnusable.class)
                    .hasMessageStartingWith("ENT-090: the connection is read-only");
        }
    }

    /** Imitates Druid's filter "wall", which accepts neither savepoints nor several statements in one round trip. */
    @Test
    void statements_refused_by_a_filter_of_the_pool_are_reported_with_ENT_090() throws Exception {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            Connection filtered = proxy(Connection.class, (self, method, arguments) -> {
                if (method.getName().equals("prepareStatement")) {
                    throw new SQLException(
                            "sql injection violation, dbType postgresql, multi-statement not allow : " + arguments[0]);
                }
                return method.invoke(connection, arguments);
            });
            assertThatThrownBy(() ->
                            branch("order-1", BranchOp.ACTION).call(() -> barrier.run(filtered, NOTHING, this::apply)))
                    .isInstanceOf(BarrierUnusable.class)
                    .hasMessageStartingWith("ENT-090: the filter 'wall' of the Druid pool")
                    .hasMessageContaining("remove 'wall' from the filters");
            SQLException own = new SQLException("sql injection violation, dbType postgresql : select 1");
            assertThat(SqlCondition.wrongConnection(connection, own))
                    .as("a statement of the application")
                    .isNull();
        }
    }

    @Test
    void a_data_source_that_returns_the_callers_connection_is_refused() throws Exception {
        try (Connection outer = database.getConnection()) {
            outer.setAutoCommit(false);
            insertEffect(outer);
            DataSource wrapping = handingOut(outer, Set.of("close"));

            assertUnusable(() -> barrier.run(wrapping, NOTHING, this::apply), "DataSourceUtils");
            if (!TestDatabase.isMariadb()) {
                XaParticipant xa = XaParticipant.of(barrier, wrapping);
                assertUnusable(() -> xa.prepare(NOTHING, this::apply), "DataSourceUtils");
            }
            outer.rollback();
        }
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_data_source_that_ignores_commit_is_refused_with_ENT_096() throws Exception {
        try (Connection outer = database.getConnection()) {
            outer.setAutoCommit(false);
            DataSource keeping = handingOut(outer, Set.of("close", "commit", "rollback"));

            for (int call = 1; call <= 2; call++) {
                assertThatThrownBy(() -> branch("order-1", BranchOp.ACTION)
                                .call(() -> barrier.run(keeping, NOTHING, this::apply)))
                        .hasMessageContainingAll("ENT-096", "ended no transaction");
                outer.rollback();
            }
        }
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_second_transaction_inside_a_spring_transaction_is_refused_with_ENT_096() throws Exception {
        TransactionSynchronizationManager.setActualTransactionActive(true);
        try {
            assertUnusable(() -> barrier.run(database, NOTHING, this::apply), "@Transactional");
        } finally {
            TransactionSynchronizationManager.setActualTransactionActive(false);
        }
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_body_that_uses_another_connection_is_logged_after_a_failed_first_call() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(BodyChecks.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        Barrier.Body<StringValue> throughOtherConnection = given -> {
            try (Connection other = database.getConnection()) {
                apply(other);
            }
            if (ran.size() == 1) {
                throw new SQLException("the connection broke");
            }
            return NOTHING;
        };

        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), throughOtherConnection))
                .hasMessage("the connection broke");
        assertThat(run(branch("order-1", BranchOp.ACTION), throughOtherConnection))
                .isEqualTo(NOTHING);

        logger.detachAppender(log);
        assertThat(effects()).isEqualTo("2");
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anyMatch(line -> line.contains("each further call repeats it"))
                .anyMatch(line -> line.contains("changed nothing on the given connection"));
    }

    private static void assertUnusable(Callable<StringValue> call, String remedy) {
        assertThatThrownBy(() -> branch("order-1", BranchOp.ACTION).call(call))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageContainingAll("ENT-096", remedy);
    }

    /**
     * Returns a data source like the wrappers of frameworks: its connection is the caller's, and ignores some methods.
     */
    private static DataSource handingOut(Connection connection, Set<String> ignored) {
        return proxy(
                DataSource.class,
                (unused, ignoredMethod, none) -> proxy(Connection.class, (self, method, arguments) -> {
                    try {
                        return ignored.contains(method.getName()) ? null : method.invoke(connection, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(
                BarrierInCallerTransactionTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private Rejection rejectedAndRolledBack(Barrier configured) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            Rejection rejection = catchThrowableOfType(
                    Rejection.class,
                    () -> branch("order-1", BranchOp.ACTION)
                            .call(() -> configured.run(connection, NOTHING, this::reject)));
            connection.rollback();
            return rejection;
        }
    }
}
