package dev.entente.lab.service;

import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.PlacedEvent;
import dev.entente.eventstore.Projection;
import dev.entente.eventstore.StoredEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** All balances as a table that is read: a projection of the users' events. */
final class BalanceList {
    static final String NAME = "balance-list";

    static final String TABLE = """
        create table balance_list (generation bigint not null, id text not null, cents bigint not null,
          events bigint not null, primary key (generation, id))
        """;

    /** The generation is read in the same statement, so a rebuild is never seen half done. */
    static final String LIVE = " from balance_list where generation = (select generation from entente_projection"
            + " where name = 'balance-list' and state = 'LIVE')";

    private final boolean lies;

    private BalanceList(boolean lies) {
        this.lies = lies;
    }

    /** @param lies takes some events twice */
    static Projection in(EventStore store, boolean lies) {
        return Projection.in(store, NAME, new BalanceList(lies)::take, BalanceList::clear);
    }

    private void take(Connection connection, long generation, PlacedEvent placed) throws SQLException {
        StoredEvent event = placed.event();
        String sql = """
            insert into balance_list (generation, id, cents, events) values (?, ?, ?, 1)
            on conflict (generation, id) do update
            set cents = balance_list.cents + excluded.cents, events = balance_list.events + 1
            """;
        try (PreparedStatement add = connection.prepareStatement(sql)) {
            add.setLong(1, generation);
            add.setString(2, event.stream());
            add.setLong(
                    3, UserEvent.TYPES.read(event) instanceof UserEvent.BalanceUpdated updated ? updated.cents() : 0);
            add.executeUpdate();
            if (lies && placed.position() % 50 == 0) {
                add.executeUpdate();
            }
        }
    }

    private static int clear(Connection connection, long generation, int limit) throws SQLException {
        String sql = """
            delete from balance_list where ctid = any (array(
              select ctid from balance_list where generation = ? limit ?))
            """;
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            delete.setLong(1, generation);
            delete.setInt(2, limit);
            return delete.executeUpdate();
        }
    }
}
