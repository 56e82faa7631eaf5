package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyClaim;
import dev.entente.idempotency.KeyStore;
import dev.entente.jdbc.LocalTransactionMark;
import dev.entente.jdbc.Sql;
import dev.entente.outbox.Inbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Repeated calls on MariaDB. The driver logs each failed statement as a warning. */
class MariaRepeatsConformance extends BarrierFixture {
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger driver = (Logger) LoggerFactory.getLogger("org.mariadb.jdbc.message.server.ErrorPacket");

    @BeforeEach
    void listen() {
        driver.setLevel(Level.DEBUG); // from version 4 on; earlier versions log a warning
        driver.setAdditive(false);
        log.start();
        driver.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        driver.detachAppender(log);
        driver.setLevel(Level.OFF);
    }

    @Test
    void repeated_calls_cause_no_log_lines_of_the_driver() throws Exception {
        for (int i = 0; i < 2; i++) {
            assertThat(action("order-1")).isEqualTo("action of order-1");
            run(branch("order-1", BranchOp.COMPENSATE), this::undo);
        }
        Inbox inbox = Inbox.mariadb();
        inbox.createTable(database);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            assertThat(inbox.once(connection, "m-1", BarrierFixture::insertEffect))
                    .isTrue();
            assertThat(inbox.once(connection, "m-1", BarrierFixture::insertEffect))
                    .isFalse();
            assertThat(LocalTransactionMark.commit(connection, "m-1")).isEqualTo(LocalTransactionMark.Found.OURS);
            connection.commit();
            assertThat(LocalTransactionMark.rollBack(connection, "m-1", Duration.ofSeconds(1)))
                    .isEqualTo(LocalTransactionMark.Found.COMMITTED);
            connection.rollback();
        }
        JdbcKeyStore keys = JdbcKeyStore.mariadb(database);
        keys.createTable();
        KeyStore.Key key = new KeyStore.Key("c".repeat(64), "k");
        assertThat(keys.claim(key, "d".repeat(64), "one", Duration.ofMinutes(1)))
                .isEqualTo(KeyClaim.TAKEN);
        assertThat(keys.claim(key, "d".repeat(64), "other", Duration.ofMinutes(1)))
                .isEqualTo(KeyClaim.RUNNING);

        assertThat(log.list).isEmpty();
        assertThat(effects()).isEqualTo("3");
        assertThatThrownBy(() -> TestDatabase.execute(
                        database, "insert into entente_inbox select consumer, message_id, now() from entente_inbox"))
                .hasMessageContaining("Duplicate");
        assertThat(log.list).hasSize(1);
    }

    @Test
    void values_that_do_not_fit_their_columns_are_refused() throws SQLException {
        try (Connection connection = database.getConnection()) {
            Sql sql = Sql.on(connection);
            String insert =
                    "insert ignore into entente_barrier (gid, branch, op, verdict, fence, fence_base, created_at)"
                            + " values (?, 'b', ?, ?, 1, ?, {now})";
            assertThat(sql.isInserted(insert, "g-1", "action", "done", 1)).isTrue();
            assertThat(sql.isInserted(insert, "g-1", "action", "done", 1)).isFalse();
            assertThatThrownBy(() -> sql.isInserted(insert, "g-2", "action", "done", 1 << 20))
                    .hasMessageContaining("fence_base");
            assertThatThrownBy(() -> sql.isInserted(insert, "g-3", "o".repeat(17), "done", 1))
                    .hasMessageContaining("op");
            assertThatThrownBy(() -> sql.isInserted(insert, "g-4", "action", "perhaps", 1))
                    .isInstanceOf(SQLException.class);
        }
    }
}
