package dev.entente.server.store.writer;

import com.google.protobuf.ByteString;
import dev.entente.server.store.ArrayColumn;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;

/**
 * Appends branches to BEGUN rows. The row decides the race with the client's decision: the second operation sees the
 * effect of the first. From its deadline on, by the database's clock, a row takes no more branches.
 *
 * <p>The last statement of a batch, because it returns complete plans. By then PostgreSQL has read the complete batch,
 * so neither side can block the other with a full socket.
 */
final class RegisterStatement extends BatchStatement {
    private final ArrayColumn gids = columns.texts("gid");
    private final ArrayColumn branches = columns.bytes("branch");
    private final ArrayColumn maxPlanBytes = columns.ints("max_plan_bytes");

    void add(Pending.Register register) {
        gids.add(register.gid());
        branches.add(register.branch());
        maxPlanBytes.addInt(register.maxPlanBytes());
    }

    @Override
    String sql() {
        return """
            /* register */ update open_transaction t set plan = t.plan || u.branch, rev = t.rev + 1
            from %s
            where t.gid = any (?) and t.gid = u.gid and t.state = 1 and t.owner is null and t.parked_at is null
              and (t.deadline_at is null or t.deadline_at > now())
              and octet_length(t.plan) + octet_length(u.branch) <= u.max_plan_bytes
            returning t.gid, t.plan\
            """.formatted(columns.rows());
    }

    @Override
    void bind(Parameters parameters, long incarnation) throws SQLException {
        parameters.add(columns).add(gids);
    }

    @Override
    void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
        while (rows.next()) {
            if (byGid.get(rows.getString(1)) instanceof Pending.Register register) {
                register.registered(ByteString.copyFrom(rows.getBytes(2)));
            }
        }
    }
}
