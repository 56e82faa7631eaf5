package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.client.SwallowingProxy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.postgresql.ds.PGSimpleDataSource;

/** Connections that transfer no more bytes and that neither side closes. */
@Execution(ExecutionMode.CONCURRENT)
class SwallowedConnectionTest {
    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private final String schema = "outbox_swallowed_" + SCHEMAS.incrementAndGet();
    private final OutboxFixture fixture;
    private final SwallowingProxy proxy;

    SwallowedConnectionTest() throws SQLException, IOException {
        fixture = new OutboxFixture(schema);
        String url;
        try (Connection connection = fixture.database.getConnection()) {
            url = connection.getMetaData().getURL();
        }
        proxy = new SwallowingProxy(URI.create(url.substring("jdbc:".length())).getPort());
    }

    @AfterEach
    void close() throws IOException {
        proxy.letPass();
        fixture.close();
        proxy.close();
    }

    @Test
    void a_relay_replaces_connections_that_became_silent() throws SQLException {
        OutboxRelay relay = fixture.start(relay(behindTheProxy()));
        deliver("before");
        proxy.swallow();
        fixture.enqueue(fixture.message("meanwhile"));
        await().until(() -> relay.failedRounds() > 0);
        proxy.letPass();

        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.takenBodies()).contains("meanwhile");
        await().until(() -> relay.silentFor().isZero());
    }

    @Test
    void backlog_gauges_are_nan_while_the_database_does_not_respond() throws SQLException {
        OutboxRelay relay = fixture.start(relay(behindTheProxy()));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new OutboxMeters(relay).bindTo(registry);
        await().until(() -> registry.get("entente_outbox_pending").gauge().value() == 0);
        await().until(() ->
                registry.get("entente_outbox_silent_seconds").gauge().value() == 0);
        proxy.swallow();

        await().until(() ->
                Double.isNaN(registry.get("entente_outbox_pending").gauge().value()));
        assertThat(registry.get("entente_outbox_parked").gauge().value()).isNaN();
        assertThat(registry.get("entente_outbox_oldest_seconds").gauge().value())
                .isNaN();
        assertThat(registry.get("entente_outbox_silent_seconds").gauge().value())
                .isPositive();
        assertThat(relay.backlog()).isEmpty();
    }

    /** Verifies the documented bound. A close without a bound would show only after an hour. */
    @Test
    void a_close_returns_while_the_database_does_not_respond() throws Exception {
        OutboxRelay relay =
                relay(behindTheProxy()).callTimeout(Duration.ofSeconds(1)).start();
        deliver("before");
        proxy.swallow();
        fixture.enqueue(fixture.message("meanwhile"));
        Thread closer = new Thread(relay::close);
        closer.start();

        await().until(() -> !closer.isAlive());
        proxy.letPass();
        fixture.start();
        await().until(() -> fixture.isEmpty());
    }

    @Test
    void an_operator_action_fails_when_the_database_does_not_respond() {
        proxy.swallow();
        ParkedMessages parked = ParkedMessages.in(behindTheProxy(), Duration.ofMillis(500));
        assertThatThrownBy(() -> parked.list(1)).isInstanceOf(SQLException.class);
    }

    private void deliver(String body) throws SQLException {
        fixture.enqueue(fixture.message(body));
        await().until(() -> fixture.isEmpty());
    }

    private OutboxRelay.Builder relay(DataSource dataSource) {
        return fixture.relay(dataSource).poll(Duration.ofMillis(100)).databaseTimeout(Duration.ofSeconds(1));
    }

    private DataSource behindTheProxy() {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
        dataSource.setCurrentSchema(schema);
        dataSource.setLoginTimeout(1);
        return dataSource;
    }
}
