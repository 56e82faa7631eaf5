package dev.entente.participant.barrier;

import com.google.protobuf.ByteString;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;

/** Reads rows of the barrier, and sets the parameters of its statements: the same in all dialects. */
final class BarrierReading {
    private BarrierReading() {}

    /** Reads all rows of a branch: any of them may tell that another coordinator has taken over. */
    static ClaimedKeys found(ResultSet rows, BarrierKey key, boolean forwardClaimed, boolean ownClaimed)
            throws SQLException {
        Optional<BarrierRow> forward = Optional.empty();
        Optional<BarrierRow> own = Optional.empty();
        long newer = 0;
        while (rows.next()) {
            String op = rows.getString("op");
            if (op.equals(key.forwardOp())) {
                forward = Optional.of(row(rows));
            }
            if (op.equals(key.op())) {
                own = Optional.of(row(rows));
            }
            CallFence fence = fence(rows);
            newer = key.fence().isOlderThan(fence) ? Math.max(newer, fence.number()) : newer;
        }
        return new ClaimedKeys(forwardClaimed, ownClaimed, forward, own, newer);
    }

    static BarrierRow row(ResultSet row) throws SQLException {
        byte[] response = row.getBytes("response");
        return new BarrierRow(
                BarrierVerdict.of(row.getString("verdict")),
                fence(row),
                response == null ? null : ByteString.copyFrom(response),
                Objects.requireNonNullElse(row.getString("tried"), ""),
                Objects.requireNonNullElse(row.getString("reject_code"), ""),
                Objects.requireNonNullElse(row.getString("reject_message"), ""));
    }

    private static CallFence fence(ResultSet row) throws SQLException {
        return new CallFence(row.getInt("fence_base"), row.getLong("fence"));
    }

    /** Sets parameters one after another. */
    static final class Parameters {
        private final PreparedStatement statement;
        private int next = 1;

        Parameters(PreparedStatement statement) {
            this.statement = statement;
        }

        Parameters text(String value) throws SQLException {
            statement.setString(next++, value);
            return this;
        }

        Parameters number(long value) throws SQLException {
            statement.setLong(next++, value);
            return this;
        }

        Parameters bytes(byte[] value) throws SQLException {
            statement.setBytes(next++, value);
            return this;
        }

        Parameters object(Object value) throws SQLException {
            statement.setObject(next++, value);
            return this;
        }

        Parameters fence(CallFence fence) throws SQLException {
            statement.setLong(next++, fence.number());
            statement.setInt(next++, fence.base());
            return this;
        }

        Parameters key(BarrierKey key) throws SQLException {
            return text(key.gid()).text(key.branch()).text(key.op());
        }

        /** The key, a verdict and the fence, as a claim inserts them. */
        Parameters row(BarrierKey key, BarrierVerdict verdict) throws SQLException {
            return key(key).text(verdict.text()).fence(key.fence());
        }
    }
}
