package dev.entente.participant.barrier;

import dev.entente.participant.barrier.BarrierReading.Parameters;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Statements of the barrier that are the same in all dialects. */
final class SharedStatements {
    private SharedStatements() {}

    static void storeRejection(Connection connection, BarrierKey key, String code, String detail) throws SQLException {
        String sql = """
            update entente_barrier set verdict = 'rejected', reject_code = ?, reject_message = ?
            where gid = ? and branch = ? and op = ?
            """;
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            new Parameters(update).text(code).text(detail).key(key);
            update.executeUpdate();
        }
    }

    static void release(Connection connection, BarrierKey key) throws SQLException {
        String sql = "delete from entente_barrier where gid = ? and branch = ? and op = ?";
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            new Parameters(delete).key(key);
            delete.executeUpdate();
        }
    }

    static void raiseFence(Connection connection, BarrierKey key) throws SQLException {
        String sql = """
            update entente_barrier set fence = ?, fence_base = ?
            where gid = ? and branch = ? and op = ? and fence < ? and fence_base <= ?
            """;
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            new Parameters(update).fence(key.fence()).key(key).fence(key.fence());
            update.executeUpdate();
        }
    }
}
