package dev.entente.server.store.writer;

import com.google.protobuf.ByteString;
import dev.entente.server.store.ArrayColumn;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;

/**
 * Appends branches to BEGUN rows. The row settles the race with the decision: whoever comes second sees what the first
 * one did. From its deadline on, by the database's clock, a row takes no more.
 *
 * <p>The last statement of a batch, for it answers whole plans: by then PostgreSQL has read all that we send, so
 * neither side can block the other with a full socket.
 */
final class RegisterStatement implements BatchStatement {
    private final ArrayColumn gids = ArrayColumn.ofTexts();
    private final ArrayColumn branches = ArrayColumn.ofBytes();
    private final ArrayColumn maxPlanBytes = ArrayColumn.ofInts();

    void add(Pending.Register register) {
        gids.add(register.gid());
        branches.add(register.branch());
        maxPlanBytes.addInt(register.maxPlanBytes());
    }

    @Override
    public String sql() {
        return """
            /* register */ update open_transaction t set plan = t.plan || u.p, rev = t.rev + 1
            from unnest(?, ?, ?) u (g, p, m)
            where t.gid = any (?) and t.gid = u.g and t.state = 1 and t.owner is null and t.parked_at is null
              and (t.deadline_at is null or t.deadline_at > now())
              and octet_length(t.plan) + octet_length(u.p) <= u.m
            returning t.gid, t.plan\
            """;
    }

    @Override
    public boolean isEmpty() {
        return gids.isEmpty();
    }

    @Override
    public void clear() {
        gids.clear();
        branches.clear();
        maxPlanBytes.clear();
    }

    @Override
    public void bind(Parameters parameters, long incarnation) throws SQLException {
        parameters.add(gids, branches, maxPlanBytes, gids);
    }

    @Override
    public void read(ResultSet rows, Map<String, Pending> byGid) throws SQLException {
        while (rows.next()) {
            if (byGid.get(rows.getString(1)) instanceof Pending.Register register) {
                register.registered(ByteString.copyFrom(rows.getBytes(2)));
            }
        }
    }
}
