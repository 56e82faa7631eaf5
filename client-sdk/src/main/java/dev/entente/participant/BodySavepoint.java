package dev.entente.participant;

import dev.entente.jdbc.DriverSavepoints;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * The savepoint in front of a body. It is set in the same round trip as the claim, or, beside a driver that sets
 * savepoints of its own, through that driver. For one call.
 */
final class BodySavepoint {
    private static final String NAME = "entente_barrier";
    private static final String NO_SUCH_SAVEPOINT = "3B001";
    private static final String NO_TRANSACTION = "25P01";

    private final Connection connection;
    private final boolean isDrivers;
    private @Nullable Savepoint savepoint;

    private BodySavepoint(Connection connection, boolean isDrivers) {
        this.connection = connection;
        this.isDrivers = isDrivers;
    }

    static BodySavepoint on(Connection connection) throws SQLException {
        return new BodySavepoint(connection, DriverSavepoints.areNeeded(connection));
    }

    /** The statement that sets it among others; empty where {@link #set} does. */
    String statement() {
        return isDrivers ? "" : "savepoint " + NAME + ";";
    }

    /** Sets it, where that is the driver's to do. */
    void set() throws SQLException {
        if (isDrivers) {
            savepoint = connection.setSavepoint(NAME);
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
            if (NO_SUCH_SAVEPOINT.equals(failure.getSQLState()) || NO_TRANSACTION.equals(failure.getSQLState())) {
                throw BarrierUnusable.bodyEnded(branch, failure);
            }
            throw failure;
        }
    }
}
