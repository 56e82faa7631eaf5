package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.AutoSave;

/**
 * Tells whether the driver sets savepoints of its own around each statement ({@code autosave}). Releasing one of those
 * ({@code cleanupSavepoints}) also releases what a statement of ours has set inside it; a savepoint that was set
 * through the driver stays.
 */
public final class DriverSavepoints {
    private DriverSavepoints() {}

    /** Returns whether savepoints on that connection must be set through the driver. */
    public static boolean areNeeded(Connection connection) throws SQLException {
        try {
            return connection.isWrapperFor(PGConnection.class)
                    && connection.unwrap(PGConnection.class).getAutosave() != AutoSave.NEVER;
        } catch (NoClassDefFoundError anotherDriver) {
            return false;
        }
    }
}
