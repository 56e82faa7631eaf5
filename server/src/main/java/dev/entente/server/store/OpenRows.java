package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** Readers for rows of both tables in result sets. */
public final class OpenRows {
    public static final String OPEN_COLUMNS =
            "gid, owner, rev, due_at, adoptions, format, pattern, state, name, created_at, deadline_at, "
                    + "request_digest, plan, progress, parked_at, parked_reason, waiting_on, held_back_by";
    public static final String FINISHED_COLUMNS =
            "gid, pattern, state, name, created_at, finished_at, deadline_at, request_digest, result, plan, progress";

    private OpenRows() {}

    public static OpenRow open(ResultSet row) throws SQLException {
        return new OpenRow(
                row.getString("gid"),
                nullableLong(row, "owner"),
                row.getLong("rev"),
                nullableInstant(row, "due_at"),
                row.getInt("adoptions"),
                row.getInt("format"),
                Pattern.of(row.getInt("pattern")),
                TransactionState.of(row.getInt("state")),
                row.getString("name"),
                instant(row, "created_at"),
                nullableInstant(row, "deadline_at"),
                bytes(row, "request_digest"),
                bytes(row, "plan"),
                nullableBytes(row, "progress"),
                ParkedColumn.parse(row.getString("parked_reason"), nullableInstant(row, "parked_at")),
                row.getString("waiting_on"),
                row.getString("held_back_by"));
    }

    public static FinishedRow finished(ResultSet row) throws SQLException {
        return new FinishedRow(
                row.getString("gid"),
                Pattern.of(row.getInt("pattern")),
                TransactionState.of(row.getInt("state")),
                row.getString("name"),
                instant(row, "created_at"),
                instant(row, "finished_at"),
                nullableInstant(row, "deadline_at"),
                bytes(row, "request_digest"),
                nullableBytes(row, "result"),
                bytes(row, "plan"),
                bytes(row, "progress"));
    }

    public static Membership.Peer peer(ResultSet row) throws SQLException {
        return new Membership.Peer(
                row.getLong("incarnation"),
                row.getString("node"),
                row.getString("address"),
                row.getLong("beat"),
                nullableInstant(row, "dead_at"),
                instant(row, "started_at"),
                row.getString("version"));
    }

    public static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    public static @Nullable Instant nullableInstant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    public static @Nullable Long nullableLong(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    private static ByteString bytes(ResultSet row, String column) throws SQLException {
        return ByteString.copyFrom(row.getBytes(column));
    }

    private static @Nullable ByteString nullableBytes(ResultSet row, String column) throws SQLException {
        byte[] bytes = row.getBytes(column);
        return bytes == null ? null : ByteString.copyFrom(bytes);
    }
}
