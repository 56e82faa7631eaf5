package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PgBouncer;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.app.LocalServer;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.Schema;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A coordinator behind a real PgBouncer. */
class PooledSessionTest {
    @BeforeAll
    static void require() {
        PgBouncer.PROGRAM.require();
    }

    private static DatabaseSettings behind(PgBouncer pooler, DatabaseSettings given, String parameters) {
        return TestDatabase.through(pooler.port(), given, parameters, given.poolSize(), given.timeout());
    }

    private static Incarnations register(Database database) {
        return OpenStore.register(database, "n");
    }

    @ParameterizedTest
    @CsvSource({
        "transaction, prepareThreshold=0",
        "transaction, tcpKeepAlive=true",
        "statement, tcpKeepAlive=true",
        "'session\nserver_reset_query =', tcpKeepAlive=true"
    })
    void a_pooler_that_shares_sessions_is_refused_at_the_start(String mode, String parameters) {
        DatabaseSettings direct = TestDatabase.withSchema();
        DatabaseSettings pooled = behind(PgBouncer.start(TestDatabase.port(direct), mode), direct, parameters);
        Map<String, String> settings = LocalServer.settings(pooled, "pooled");
        assertThatThrownBy(() -> LocalServer.start(settings))
                .isInstanceOfSatisfying(
                        StartupFailure.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.BAD_VALUE))
                .hasMessageContainingAll("database.url", "pool_mode = transaction", "server_reset_query = DISCARD ALL");
        try (Database database = Database.of(pooled)) {
            for (ThrowingCallable start :
                    List.<ThrowingCallable>of(new Schema(database)::migrate, () -> register(database))) {
                assertThatThrownBy(start)
                        .isInstanceOf(StartupFailure.class)
                        .hasMessageContainingAll("ENT-071", "pool_mode");
            }
        }
    }

    @Test
    void the_message_for_a_missing_response_mentions_a_full_pooler() {
        DatabaseSettings settings = TestDatabase.withSchema();
        try (Database database = Database.of(settings)) {
            assertThat(database.unreachable(
                            new SQLException("I/O error", new SocketTimeoutException("Read timed out"))))
                    .hasMessageContaining(
                            "there was no response in time: if this is a pooler, it needs a free session for each of"
                                    + " the "
                                    + (settings.poolSize() + 8) + " connections of a coordinator");
            assertThat(database.unreachable(new SQLException("refused", new ConnectException("refused"))))
                    .message()
                    .doesNotContain("pooler");
        }
    }

    @Test
    void a_pooler_that_begins_to_share_sessions_ends_the_lease() {
        DatabaseSettings direct = TestDatabase.withSchema();
        PgBouncer pooler = PgBouncer.start(TestDatabase.port(direct), "session");
        try (Database pooled = Database.of(behind(pooler, direct, "prepareThreshold=0"));
                Database database = Database.of(direct);
                Incarnations other = register(database);
                Incarnations me = register(pooled)) {
            AtomicInteger reported = new AtomicInteger();
            me.whenLockLost(reported::incrementAndGet);
            assertThat(me.renew().join().isAlive()).isTrue();
            assertThat(other.isProcessGone(me.incarnation()).join()).isFalse();
            pooler.changePoolMode("transaction");
            await().until(() -> reported.get() == 1);
            assertThatThrownBy(() -> me.renew().join()).hasMessageContaining("pool_mode");
        }
    }
}
