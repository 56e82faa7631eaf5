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
 * The savepoint in front of a body. It is set in the same round trip as the claim where the dialect has it so. Beside a
 * driver that sets savepoints of its own it is set through that driver. For one call.
 */
final class BodySavepoint {
    private static final String NAME = "entente_barrier";

    private final Connection connection;
    private final boolean isDrivers;
    /** The statement that sets it among those of a claim; empty where that is not possible. */
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
     * Tells whether the driver sets savepoints of its own around each statement ({@code autosave}). Releasing one of
     * those ({@code cleanupSavepoints}) also releases what a statement of ours has set inside it; a savepoint that was
     * set through the driver stays.
     */
    private static boolean isSetByDriver(Connection connection) throws SQLException {
        try {
            return connection.isWrapperFor(PGConnection.class)
                    && connection.unwrap(PGConnection.class).getAutosave() != AutoSave.NEVER;
        } catch (NoClassDefFoundError anotherDriver) {
            return false;
        }
    }

    /** The statement that sets it among others; empty where {@link #set} does. */
    String statement() {
        return amongOthers;
    }

    /** Sets it, where no claim does. */
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
     * Takes back what was done since.
     *
     * @throws BarrierUnusable ENT-097 if the transaction has ended meanwhile
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
            if (SqlCondition.TRANSACTION_ENDED.isShownBy(failure)) {
                throw BarrierUnusable.bodyEnded(branch, failure);
            }
            throw failure;
        }
    }
}
