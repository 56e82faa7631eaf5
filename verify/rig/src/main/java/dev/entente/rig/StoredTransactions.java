package dev.entente.rig;

import dev.entente.v1.Transaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The transactions in the coordinators' database, read without a coordinator. */
public final class StoredTransactions {
    private final Map<String, Stored> byGid;

    private StoredTransactions(Map<String, Stored> byGid) {
        this.byGid = byGid;
    }

    /**
     * One transaction, finished or not.
     *
     * @param parked why it is parked: the reason's name, a colon, a detail; null if it is not
     */
    public record Stored(Transaction.State state, @Nullable String parked) {}

    /** All whose gid starts so. Blocks. */
    public static StoredTransactions read(EmbeddedDatabase database, String gidPrefix) throws SQLException {
        String sql = """
            select gid, state, parked_reason from open_transaction where starts_with(gid, ?)
            union all
            select gid, state, null from finished_transaction where starts_with(gid, ?)\
            """;
        Map<String, Stored> byGid = new HashMap<>();
        try (Connection connection = database.connect(Playground.COORDINATOR_DATABASE);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, gidPrefix);
            statement.setString(2, gidPrefix);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    byGid.put(
                            rows.getString(1),
                            new Stored(Transaction.State.forNumber(rows.getInt(2)), rows.getString(3)));
                }
            }
        }
        return new StoredTransactions(byGid);
    }

    /** Their gids, without those that the coordinator derived from others. */
    public Set<String> gids() {
        return byGid.keySet().stream().filter(gid -> !gid.contains("/")).collect(Collectors.toSet());
    }

    public Optional<Stored> find(String gid) {
        return Optional.ofNullable(byGid.get(gid));
    }
}
