package dev.entente.outbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes what is due and may leave. */
final class Claiming {
    /** Payloads held in memory; what is taken at once may go beyond it by one message, and by what follows keys. */
    private static final long MOST_PAYLOAD_BYTES = 64L << 20;

    private static final int MOST_FOLLOWERS = 100;

    private final OutboxStatements statements;
    private final Circuits circuits;
    private final Deliveries deliveries;

    Claiming(OutboxStatements statements, Circuits circuits, Deliveries deliveries) {
        this.statements = statements;
        this.circuits = circuits;
        this.deliveries = deliveries;
    }

    /**
     * The messages that belong to this relay as soon as the transaction is committed.
     *
     * @param mayBeMore whether others are due that were in the way, or did not fit
     */
    record Claim(List<Chain> chains, boolean mayBeMore) {
        static final Claim NONE = new Claim(List.of(), false);
    }

    /** Writes the relay's number into what it takes, in the connection's open transaction. */
    Claim claim(Connection connection, long relay) throws SQLException {
        Map<String, Integer> rooms = circuits.rooms();
        List<ClaimStatements.Due> due = statements.due(connection, rooms, circuits.roomElsewhere());
        Set<String> blocked = new LinkedHashSet<>();
        List<String> taken = new ArrayList<>();
        long bytes = deliveries.payloadBytes();
        for (ClaimStatements.Due row : due) {
            if (!row.isFirst()) {
                blocked.add(row.key());
            } else if (taken.isEmpty() || bytes + row.payloadBytes() <= MOST_PAYLOAD_BYTES) {
                taken.add(row.id());
                bytes += row.payloadBytes();
            }
        }
        if (!blocked.isEmpty()) {
            statements.makeOthersWait(connection, blocked);
        }
        return new Claim(chains(connection, relay, taken), !blocked.isEmpty());
    }

    private List<Chain> chains(Connection connection, long relay, List<String> ids) throws SQLException {
        if (ids.isEmpty()) {
            return List.of();
        }
        List<Claimed> first = statements.take(connection, relay, ids);
        return Chain.of(relay, first, statements.followers(connection, first, MOST_FOLLOWERS));
    }
}
