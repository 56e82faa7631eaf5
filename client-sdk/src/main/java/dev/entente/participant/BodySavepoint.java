package dev.entente.participant;

import dev.entente.jdbc.SqlCondition;
import dev.entente.participant.barrier.BarrierTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.AutoSave;

/**
 * The savepoint before a body. If the dialect allows, the savepoint is set in the round trip of the claim. If the
 * driver sets savepoints of its own, this savepoint is set through the driver. For one call.
 */
final class BodySavepoint {
    private static final String NAME = "entente_barrier";

    private final Connection connection;
    private final boolean isDrivers;
    /** The statement that sets the savepoint within a claim; empty if that is not possible. */
    private final String amongOthers;

    private @Nullable Savepoint savepoint;

    private BodySavepoint(Connection connection, boolean isDrivers, String amongOthers) {
        this.connection = connection;
        this.isDrivers = isDrivers;
        this.amongOthers = amongOthers;
    }

    static BodySavepoint on(Connection connection, BarrierTable table) throws SQLException {
        boolean isDrivers = isSetByDriver(connection);
        return new BodySavepoint(connection, isDrivers, isDrivers ? "" : table.savepoint(NAME));
    }

    /**
     * Returns whether the driver sets its own savepoint around each statement ({@code autosave}). Releasing the
     * driver's savepoint ({@code cleanupSavepoints}) also releases a savepoint that an SQL statement has set inside. A
     * savepoint that was set through the driver remains.
     */
    private static boolean isSetByDriver(Connection connection) throws SQLException {
        try {
            return connection.isWrapperFor(PGConnection.class)
                    && connection.unwrap(PGConnection.class).getAutosave() != AutoSave.NEVER;
        } catch (NoClassDefFoundError anotherDriver) {
            return false;
        }
    }

    /** Returns the statement that sets the savepoint within a claim; empty if {@link #set} sets the savepoint. */
    String statement() {
        return amongOthers;
    }

    /** Sets the savepoint, unless the claim sets it. */
    void set() throws SQLException {
        if (isDrivers) {
            savepoint = connection.setSavepoint(NAME);
        } else if (amongOthers.isEmpty()) {
            try (Statement set = connection.createStatement()) {
                set.execute("savepoint " + NAME);
            }
        }
    }

    /**
     * Rolls back the changes since the savepoint.
     *
     * @throws BarrierUnusable ENT-097 if the transaction has already ended
     */
    void rollBack(Branch branch) throws SQLException {
        Savepoint drivers = savepoint;
        try (Statement rollback = connection.createStatement()) {
            if (drivers != null) {
                connection.rollback(drivers);
            } else {
                rollback.execute("rollback to savepoint " + NAME);
            }
        } catch (SQLException failure) {
            if (SqlCondition.TRANSACTION_ENDED.matchesFailure(failure)) {
                throw BarrierUnusable.bodyEnded(branch, failure);
            }
            throw failure;
        }
    }
}
