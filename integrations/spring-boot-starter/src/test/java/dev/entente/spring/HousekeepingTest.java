package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.ClosedPort;
import dev.entente.backends.LoopbackPorts;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.Saga;
import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyStore;
import dev.entente.jdbc.Dialect;
import dev.entente.outbox.Outbox;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Tests housekeeping on both databases: the removal of old rows, and the health of outbox and coordinator. */
@ExtendWith(OutputCaptureExtension.class)
final class HousekeepingTest {
    private static final String LONG_AGO = "timestamp '2020-01-01 00:00:00'";

    private static Stream<String> databases() {
        return Stream.of(TestDatabase.url(), TestDatabase.url(Dialect.MARIADB));
    }

    private static ApplicationContextRunner on(String url) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        DataSourceAutoConfiguration.class,
                        DataSourceTransactionManagerAutoConfiguration.class,
                        EntenteAutoConfiguration.class,
                        EntenteJdbcAutoConfiguration.class,
                        EntenteIdempotencyAutoConfiguration.class,
                        EntenteAnnotationsAutoConfiguration.class,
                        EntenteRelayAutoConfiguration.class,
                        EntenteHousekeepingAutoConfiguration.class,
                        EntenteHealthAutoConfiguration.class))
                .withPropertyValues("spring.datasource.url=" + url);
    }

    private static ApplicationContextRunner withTables(String url) {
        return on(url).withPropertyValues("entente.barrier.create-table=true", "entente.outbox.create-tables=true");
    }

    private static JdbcClient jdbc(ApplicationContext context) {
        return JdbcClient.create(context.getBean(DataSource.class));
    }

    private static KeyStore keys(DataSource database, String url) {
        JdbcKeyStore keys = url.contains("mariadb") ? JdbcKeyStore.mariadb(database) : JdbcKeyStore.postgres(database);
        try {
            keys.createTable();
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        return keys;
    }

    private static Health reported(HealthIndicator health) {
        return Objects.requireNonNull(health.health());
    }

    private static long count(ApplicationContext context, String table) {
        return jdbc(context)
                .sql("select count(*) from " + table)
                .query(Long.class)
                .single();
    }

    private static void insertRows(ApplicationContext context, String time) {
        for (String insert : new String[] {
            "entente_barrier (gid, branch, op, verdict, fence, created_at) values ('g', 'b', 'action', 'done', 1, ",
            "entente_inbox (consumer, message_id, received_at) values ('', 'm', ",
            "entente_idempotency (caller, idempotency_key, digest, owner, expires_at) values ('c', 'k', 'd', 'o', "
        }) {
            jdbc(context).sql("insert into " + insert + time + ")").update();
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void old_rows_of_all_tables_are_removed_and_other_rows_stay(String url) {
        withTables(url)
                .withPropertyValues("entente.housekeeping.interval=1s")
                .withBean(KeyStore.class, () -> keys(dataSource(url), url))
                .run(context -> {
                    insertRows(context, LONG_AGO);
                    for (String table : new String[] {"entente_barrier", "entente_inbox", "entente_idempotency"}) {
                        Awaitility.await()
                                .untilAsserted(() -> assertThat(count(context, table))
                                        .as(table)
                                        .isZero());
                    }
                    insertRows(context, "timestamp '2037-01-01 00:00:00'");
                    insertRowOfAnotherGid(context);
                    Awaitility.await()
                            .untilAsserted(() -> assertThat(count(context, "entente_barrier"))
                                    .isEqualTo(1));
                    assertThat(count(context, "entente_inbox")).isEqualTo(1);
                    assertThat(count(context, "entente_idempotency")).isEqualTo(1);
                });
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_database_user_with_minimal_rights_can_remove_old_rows(String url) {
        boolean isMaria = url.contains("mariadb");
        String may = isMaria ? "select, delete" : "select, update, delete";
        withTables(url)
                .withPropertyValues("entente.housekeeping.enabled=false")
                .withBean(KeyStore.class, () -> keys(dataSource(url), url))
                .run(owner -> {
                    insertRows(owner, LONG_AGO);
                    jdbc(owner)
                            .sql(isMaria ? "create user sweeper" : "create role sweeper login")
                            .update();
                    for (String table : List.of("entente_barrier", "entente_inbox")) {
                        jdbc(owner)
                                .sql("grant " + may + " on " + table + " to sweeper")
                                .update();
                    }
                    on(url.replace(isMaria ? "user=root" : "user=postgres", "user=sweeper"))
                            .withPropertyValues("entente.housekeeping.interval=1s")
                            .run(sweeper -> Awaitility.await()
                                    .until(() -> count(owner, "entente_barrier") + count(owner, "entente_inbox") == 0));
                });
    }

    private static void insertRowOfAnotherGid(ApplicationContext context) {
        jdbc(context)
                .sql("insert into entente_barrier (gid, branch, op, verdict, fence, created_at)"
                        + " values ('h', 'b', 'action', 'done', 1, " + LONG_AGO + ")")
                .update();
    }

    private static DataSource dataSource(String url) {
        return new DriverManagerDataSource(
                url.contains("mariadb") ? url : url + (url.contains("?") ? "&" : "?") + "user=postgres");
    }

    @Test
    void the_health_is_unknown_without_tables_and_up_with_disabled_housekeeping(CapturedOutput output) {
        String url = TestDatabase.url();
        on(url).withPropertyValues("entente.housekeeping.interval=1s").run(context -> {
            HealthIndicator health = context.getBean("ententeOutboxHealthIndicator", HealthIndicator.class);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(reported(health).getDetails())
                            .hasEntrySatisfying(
                                    "error",
                                    error -> assertThat(String.valueOf(error))
                                            .startsWith("there is no table entente_outbox")));
            assertThat(reported(health).getStatus()).isEqualTo(Status.UNKNOWN);
        });
        assertThat(output).doesNotContain("could not be removed");
        withTables(url).withPropertyValues("entente.housekeeping.enabled=false").run(context -> {
            assertThat(context.getBean(Housekeeping.class).isRunning()).isTrue();
            HealthIndicator health = context.getBean("ententeOutboxHealthIndicator", HealthIndicator.class);
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(reported(health).getStatus()).isEqualTo(Status.UP));
        });
        on(url).withPropertyValues("entente.housekeeping.interval=1ms")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("entente.housekeeping.interval"));
    }

    @Test
    void a_failed_purge_is_logged_once_and_retried(CapturedOutput output) {
        AtomicInteger tries = new AtomicInteger();
        Housekeeping.Purge purge = new Housekeeping.Purge("the barrier", () -> {
            tries.incrementAndGet();
            throw new SQLException("no right to delete");
        });
        withTables(TestDatabase.url()).run(context -> {
            Housekeeping housekeeping = new Housekeeping(
                    new EntenteProperties.Housekeeping(true, Duration.ofSeconds(1)),
                    List.of(purge),
                    context.getBean(OutboxWatch.class));
            housekeeping.start();
            Awaitility.await().until(() -> tries.get() >= 3);
            housekeeping.stop();
        });
        assertThat(output.getOut().split("no right to delete", -1)).hasSizeBetween(2, 3); // the line, its trace
    }

    @Test
    void disabled_housekeeping_removes_no_rows() {
        List<AtomicInteger> purges = List.of(new AtomicInteger(), new AtomicInteger());
        List<Housekeeping> both = Stream.of(0, 1)
                .map(enabled -> new Housekeeping(
                        new EntenteProperties.Housekeeping(enabled == 1, Duration.ofSeconds(1)),
                        List.of(new Housekeeping.Purge("the barrier", purges.get(enabled)::incrementAndGet)),
                        null))
                .toList();
        both.forEach(Housekeeping::start);
        Awaitility.await().until(() -> purges.get(1).get() >= 3);
        both.forEach(Housekeeping::stop);

        assertThat(purges.get(0)).hasValue(0);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void the_health_is_down_while_a_message_is_parked(String url) {
        for (String relay : List.of("false", "true")) {
            withTables(url)
                    .withPropertyValues("entente.outbox.relay.enabled=" + relay)
                    .run(context -> {
                        HealthIndicator health = context.getBean("ententeOutboxHealthIndicator", HealthIndicator.class);
                        jdbc(context)
                                .sql("insert into entente_outbox (id, kind, address, method, headers, payload,"
                                        + " enqueued_at, parked_at, last_error, attempts) values ('p-1', 'http',"
                                        + " 'http://127.0.0.1:9', 'POST', '', '', now(), now(), 'HTTP 400', 1)")
                                .update();
                        context.getBean(OutboxWatch.class).run();

                        assertThat(reported(health).getStatus()).isEqualTo(Status.DOWN);
                        assertThat(reported(health).getDetails())
                                .containsEntry("parked", 1L)
                                .hasEntrySatisfying(
                                        "advice",
                                        advice -> assertThat(String.valueOf(advice))
                                                .contains("entente outbox list", "retry or skip"));
                        jdbc(context).sql("delete from entente_outbox").update();
                        context.getBean(OutboxWatch.class).run();
                        assertThat(reported(health).getStatus()).isEqualTo(Status.UP);
                    });
        }
    }

    @Test
    void a_missing_table_or_an_unknown_kind_makes_the_health_of_a_relay_down(CapturedOutput output) {
        on(TestDatabase.url())
                .withPropertyValues("entente.outbox.relay.enabled=true")
                .run(context -> {
                    OutboxWatch watch = context.getBean(OutboxWatch.class);
                    HealthIndicator health = context.getBean("ententeOutboxHealthIndicator", HealthIndicator.class);
                    watch.run();
                    assertThat(reported(health).getStatus()).isEqualTo(Status.DOWN);
                    assertThat(String.valueOf(reported(health).getDetails().get("error")))
                            .contains("no table entente_outbox", "entente.outbox.create-tables");
                    assertThat(output).contains("there is no table entente_outbox (ENT-094)");

                    context.getBean(Outbox.class).createTables(context.getBean(DataSource.class));
                    watch.run();
                    Awaitility.await()
                            .untilAsserted(() ->
                                    assertThat(reported(health).getStatus()).isEqualTo(Status.UP));

                    insertMessage(context, "kafka", "kafka");
                    watch.run();
                    assertThat(reported(health).getStatus()).isEqualTo(Status.DOWN);
                    assertThat(String.valueOf(reported(health).getDetails().get("error")))
                            .contains("no relay takes messages for 'kafka'");
                });
    }

    private static void insertMessage(ApplicationContext context, String kind, String destination) {
        jdbc(context)
                .sql("insert into entente_outbox (id, kind, address, method, destination, headers, payload,"
                        + " enqueued_at, due_at) values ('m-1', ?, 'http://127.0.0.1:9', 'POST', ?, '', '', "
                        + LONG_AGO + ", "
                        + LONG_AGO + ")")
                .params(kind, destination)
                .update();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void an_outbox_without_a_relay_is_down_and_logged_once(String url, CapturedOutput output) {
        withTables(url).run(context -> {
            OutboxWatch watch = context.getBean(OutboxWatch.class);
            HealthIndicator health = context.getBean("ententeOutboxHealthIndicator", HealthIndicator.class);
            insertMessage(context, "http", "http 127.0.0.1");
            watch.run();
            watch.run();

            Health reported = reported(health);
            assertThat(reported.getStatus()).isEqualTo(Status.DOWN);
            assertThat(reported.getDetails())
                    .containsEntry("canEnqueue", true)
                    .containsEntry("pending", 1L)
                    .containsKey("unattendedFor");
            assertThat(String.valueOf(reported.getDetails().get("error")))
                    .contains("'http 127.0.0.1'", "entente.outbox.relay.enabled");
            assertThat(output.getOut().split("the oldest message of the outbox", -1))
                    .hasSize(2);
            jdbc(context).sql("delete from entente_outbox").update();
            watch.run();
            assertThat(reported(health).getStatus()).isEqualTo(Status.UP);
        });
    }

    @Test
    void the_health_of_an_unavailable_coordinator_lists_available_operations() throws Exception {
        try (ClosedPort closedPort = new ClosedPort()) {
            withTables(TestDatabase.url())
                    .withPropertyValues("entente.target=" + closedPort.address(), "entente.retry-for=1h")
                    .run(context -> {
                        context.getBean(OutboxWatch.class).run();
                        HealthIndicator health =
                                context.getBean("ententeCoordinatorHealthIndicator", HealthIndicator.class);
                        Object since = reported(health).getDetails().get("silentSince");

                        Health reported = reported(health);

                        assertThat(reported.getStatus()).isEqualTo(Status.DOWN);
                        assertThat(reported.getDetails())
                                .containsEntry("silentSince", since)
                                .containsEntry("canSubmit", false)
                                .containsEntry("canSubmitThroughOutbox", true);
                        jdbc(context).sql("drop table entente_outbox").update();
                        context.getBean(OutboxWatch.class).run();
                        assertThat(reported(health).getDetails()).containsEntry("canSubmitThroughOutbox", false);
                    });
        }
    }

    /** Counts the requests for transactions. */
    private static final class RequestCounter extends TransactionServiceGrpc.TransactionServiceImplBase {
        private final AtomicInteger times = new AtomicInteger();

        @Override
        public void getTransaction(GetTransactionRequest request, StreamObserver<Transaction> answer) {
            times.incrementAndGet();
            answer.onNext(Transaction.getDefaultInstance());
            answer.onCompleted();
        }
    }

    @Test
    void the_end_of_an_outage_is_detected_between_two_probes() {
        int port = LoopbackPorts.next();
        withTables(TestDatabase.url())
                .withPropertyValues("entente.target=127.0.0.1:" + port, "entente.retry-for=1h")
                .run(context -> {
                    HealthIndicator health =
                            context.getBean("ententeCoordinatorHealthIndicator", HealthIndicator.class);
                    assertThat(reported(health).getDetails()).containsKey("silentSince");
                    RequestCounter counter = new RequestCounter();
                    Server server = Grpc.newServerBuilderForPort(port, InsecureServerCredentials.create())
                            .addService(counter)
                            .build()
                            .start();
                    try {
                        Awaitility.await().until(() -> counter.times.get() > 0);
                        Awaitility.await()
                                .untilAsserted(() ->
                                        assertThat(reported(health).getStatus()).isEqualTo(Status.UP));
                    } finally {
                        server.shutdownNow();
                    }
                });
    }

    @Test
    void a_wait_for_a_saga_inside_a_transaction_is_logged_once(CapturedOutput output) throws Exception {
        try (ClosedPort closedPort = new ClosedPort()) {
            withTables(TestDatabase.url())
                    .withPropertyValues(
                            "entente.target=" + closedPort.address(), "entente.retry-for=1ms", "entente.stream=false")
                    .run(context -> {
                        Entente entente = context.getBean(Entente.class);
                        TransactionTemplate transaction =
                                new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
                        for (int i = 0; i < 2; i++) {
                            Saga saga = entente.saga("checkout");
                            saga.step(
                                            "pay",
                                            entente.participant("bank")
                                                    .post("/debits")
                                                    .body(new byte[0]))
                                    .nothingToUndo();
                            assertThatThrownBy(() -> transaction.executeWithoutResult(
                                            status -> saga.submitAndWait(Duration.ofMillis(1))))
                                    .isInstanceOf(CoordinatorUnavailable.class);
                        }
                    });
        }
        assertThat(output.getOut().split("inside a Spring transaction", -1)).hasSize(2);
    }
}
