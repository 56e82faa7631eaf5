package dev.entente.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Tests outbox and barrier with a routing data source: a database per tenant, and a relay of the default database. */
final class RoutedDatabaseTest {
    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    private final DataSource first = new DriverManagerDataSource(TestDatabase.url());
    private final DataSource second = new DriverManagerDataSource(TestDatabase.url());
    private final KeptCommits kept = new KeptCommits(first);

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    JacksonAutoConfiguration.class,
                    DataSourceTransactionManagerAutoConfiguration.class,
                    EntenteAutoConfiguration.class,
                    EntenteJsonAutoConfiguration.class,
                    EntenteJdbcAutoConfiguration.class,
                    EntenteAnnotationsAutoConfiguration.class,
                    EntenteRelayAutoConfiguration.class))
            .withBean(DataSource.class, this::routing)
            .withPropertyValues("entente.target=127.0.0.1:9", "entente.outbox.create-tables=true");

    private DataSource routing() {
        AbstractRoutingDataSource routing = new AbstractRoutingDataSource() {
            @Override
            protected Object determineCurrentLookupKey() {
                return TENANT.get();
            }
        };
        routing.setDefaultTargetDataSource(first);
        routing.setTargetDataSources(Map.of("first", first, "second", second, "kept", kept));
        return routing;
    }

    private static void enqueue(ApplicationContextRunner application, String tenant, boolean isRelayed) {
        application
                .withPropertyValues("entente.outbox.relay.enabled=" + isRelayed)
                .run(context -> {
                    if (isRelayed) {
                        RelayedDatabase database =
                                context.getBean(RelayLifecycle.class).database();
                        await().until(() -> database.url() != null);
                    }
                    TENANT.set(tenant);
                    try {
                        new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
                                .executeWithoutResult(status -> context.getBean(TransactionalOutbox.class)
                                        .enqueue(OutboxMessage.toKafka("orders", new byte[] {1})));
                    } finally {
                        TENANT.remove();
                    }
                });
    }

    private static int messages(DataSource database) {
        Integer count = new JdbcTemplate(database).queryForObject("select count(*) from entente_outbox", Integer.class);
        return count == null ? 0 : count;
    }

    @Test
    void a_message_in_a_database_without_the_relay_is_refused() throws Exception {
        Outbox.postgres().createTables(second);

        enqueue(application, "first", true);
        assertThat(messages(first)).isEqualTo(1);
        assertThatThrownBy(() -> enqueue(application, "second", true))
                .hasStackTraceContaining("ENT-090")
                .hasStackTraceContaining("entente.outbox.relay.enabled=false");
        assertThat(messages(second)).isZero();
        enqueue(application, "second", false);
        assertThat(messages(second)).isEqualTo(1);
    }

    private static String rejected(TransactionalBarrier barrier, String tenant, @Nullable TransactionTemplate outer)
            throws Exception {
        TENANT.set(tenant);
        try {
            Runnable call = () -> barrier.run(() -> {
                throw new Rejection("NO_MONEY", "the account is empty");
            });
            Branch.of("g-" + (outer == null), "pay", BranchOp.ACTION).call(() -> {
                if (outer == null) {
                    call.run();
                } else {
                    outer.executeWithoutResult(status -> call.run());
                }
                return "";
            });
            return "done";
        } catch (Rejection rejection) {
            TENANT.remove();
            return Barrier.settle(rejection) instanceof Rejection reported && reported.isSettled()
                    ? "settled"
                    : "not settled";
        } finally {
            TENANT.remove();
        }
    }

    @Test
    void a_verdict_is_stored_only_in_the_database_of_its_transaction() throws Exception {
        Barrier.postgres().createTable(second);
        application
                .withPropertyValues("entente.outbox.relay.enabled=false", "entente.barrier.create-table=true")
                .run(context -> {
                    TransactionalBarrier barrier = context.getBean(TransactionalBarrier.class);
                    TransactionTemplate outer =
                            new TransactionTemplate(context.getBean(PlatformTransactionManager.class));

                    assertThat(rejected(barrier, "second", null)).isEqualTo("settled");
                    assertThat(verdicts(second)).isEqualTo(1);
                    assertThat(rejected(barrier, "second", outer)).isEqualTo("not settled");
                    assertThat(verdicts(second)).isEqualTo(1);
                    assertThat(verdicts(first)).isZero();
                    assertThat(rejected(barrier, "first", outer)).isEqualTo("settled");
                    assertThat(verdicts(first)).isEqualTo(1);
                });
    }

    /** Lends one connection and ignores commits and rollbacks, like {@code @DSTransactional} of dynamic-datasource. */
    private static final class KeptCommits extends DelegatingDataSource {
        private static final Set<String> IGNORED = Set.of("commit", "close", "setAutoCommit");
        private @Nullable Connection connection;

        KeptCommits(DataSource target) {
            super(target);
        }

        @Override
        public Connection getConnection() throws SQLException {
            if (connection == null) {
                connection = super.getConnection();
                connection.setAutoCommit(false);
            }
            Connection lent = connection;
            return (Connection) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                        boolean isIgnored = IGNORED.contains(method.getName())
                                || method.getName().equals("rollback") && arguments == null;
                        try {
                            return isIgnored ? null : method.invoke(lent, arguments);
                        } catch (InvocationTargetException failed) {
                            throw failed.getTargetException();
                        }
                    });
        }

        void rollBack() throws SQLException {
            try (Connection ended = requireNonNull(connection)) {
                ended.rollback();
            }
        }
    }

    @Test
    void a_verdict_waits_for_settle_when_a_commit_is_ignored_or_the_route_changes() {
        application
                .withPropertyValues("entente.outbox.relay.enabled=false", "entente.barrier.create-table=true")
                .run(context -> {
                    Barrier.postgres().createTable(second);
                    TransactionalBarrier barrier = context.getBean(TransactionalBarrier.class);

                    Rejection keptBack = rejectedIn(barrier, "kept", "kept");
                    kept.rollBack();
                    assertThat(keptBack.isSettled()).isFalse();
                    assertThat(Barrier.settle(keptBack)).matches(answer -> ((Rejection) answer).isSettled());
                    assertThat(verdicts(first)).isEqualTo(1);

                    Rejection rerouted = rejectedIn(barrier, "first", "second");
                    assertThat(rerouted.isSettled()).isFalse();
                    assertThat(verdicts(second)).isZero();
                    assertThat(Barrier.settle(rerouted)).matches(answer -> ((Rejection) answer).isSettled());
                    assertThat(verdicts(first)).isEqualTo(2);
                });
    }

    /** Returns the rejection of a body that runs in one database and then changes the route. */
    private static Rejection rejectedIn(TransactionalBarrier barrier, String tenant, String afterwards) {
        TENANT.set(tenant);
        try {
            return assertThrows(
                    Rejection.class,
                    () -> Branch.of("g-" + afterwards, "pay", BranchOp.ACTION).call(() -> {
                        barrier.run(() -> {
                            TENANT.set(afterwards);
                            throw new Rejection("NO_MONEY", "the account is empty");
                        });
                        return "";
                    }));
        } finally {
            TENANT.remove();
        }
    }

    private static int verdicts(DataSource database) {
        Integer count = new JdbcTemplate(database)
                .queryForObject("select count(*) from entente_barrier where verdict = 'rejected'", Integer.class);
        return count == null ? 0 : count;
    }
}
