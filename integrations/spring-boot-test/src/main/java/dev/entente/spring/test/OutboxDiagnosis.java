package dev.entente.spring.test;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Finds the reason in the application's outbox if the coordinator does not know a transaction. Thread-safe.
 *
 * @param dataSource that of the application
 */
record OutboxDiagnosis(DataSource dataSource) {
    private static final String FIND = """
        select parked_at is not null, last_error, 'waits' from entente_outbox where id = ?
        union all select true, note, outcome from entente_outbox_sent where id = ?\
        """;

    /**
     * The state of the message.
     *
     * @param isFinal whether waiting cannot help, if the coordinator still does not know the transaction
     */
    record Finding(String text, boolean isFinal) {}

    /** Reads the outbox, on a separate connection and then in this thread's active transaction. Blocks. */
    Finding at(String gid) {
        boolean isInTransaction = TransactionSynchronizationManager.isActualTransactionActive();
        try {
            Finding committed;
            try (Connection connection = dataSource.getConnection()) {
                committed = find(connection, gid);
            }
            if (committed != null) {
                return committed;
            }
            if (isInTransaction && isUncommitted(gid)) {
                return new Finding(
                        "its message is in the outbox only in this test's transaction, which is not committed; commit"
                                + " the transaction by TestTransaction.flagForCommit() and end(), or remove"
                                + " @Transactional from the test",
                        true);
            }
        } catch (SQLException unread) {
            return new Finding("the outbox cannot be read: " + unread.getMessage(), false);
        }
        return new Finding("the outbox has no message with this id, and never had one", false);
    }

    private boolean isUncommitted(String gid) throws SQLException {
        Connection connection = DataSourceUtils.getConnection(dataSource);
        try {
            return find(connection, gid) != null;
        } finally {
            DataSourceUtils.releaseConnection(connection, dataSource);
        }
    }

    private static @Nullable Finding find(Connection connection, String gid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setString(1, gid);
            statement.setString(2, gid);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? finding(row.getBoolean(1), row.getString(2), row.getString(3)) : null;
            }
        }
    }

    private static Finding finding(boolean isFinal, @Nullable String said, String where) {
        String text = switch (where) {
            case "sent" ->
                "its message was delivered, but not to this test's coordinator: a relay of another application on that"
                        + " database took the message, or a relay with its own client";
            case "skipped" -> "its message was skipped: " + said;
            default ->
                isFinal
                        ? "its message is parked in the outbox: " + said
                        : "its message waits in the outbox, "
                                + (said == null
                                        ? "and no relay has tried it; entente.outbox.relay.enabled=true runs a relay"
                                        : "after: " + said);
        };
        return new Finding(text, isFinal);
    }
}
