package dev.entente.eventstore;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** A read model of orders: the last event and the number of events of each order. */
final class OrderList {
    static final String NAME = "order-list";

    /** Selects the live generation within the statement, so a concurrent takeover has no influence. */
    static final String LIVE = " from order_list where generation = (select generation from entente_projection"
            + " where name = 'order-list' and state = 'LIVE')";

    private OrderList() {}

    static Projection in(EventStore store) {
        return Projection.in(store, NAME, OrderList::take, OrderList::clear);
    }

    static void createTable(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement create = connection.createStatement()) {
            create.execute("create table order_list (generation bigint not null, id varchar(64) not null,"
                    + " last_event varchar(64) not null, events bigint not null, primary key (generation, id))");
        }
    }

    static void take(Connection connection, long generation, PlacedEvent placed) throws SQLException {
        StoredEvent event = placed.event();
        try (PreparedStatement update = connection.prepareStatement("update order_list"
                        + " set last_event = ?, events = events + 1 where generation = ? and id = ? and events = ?");
                PreparedStatement insert = connection.prepareStatement("insert into order_list values (?, ?, ?, 1)")) {
            update.setString(1, event.type());
            update.setLong(2, generation);
            update.setString(3, event.stream());
            update.setLong(4, event.version() - 1);
            if (event.version() > 1 && update.executeUpdate() != 1) {
                throw new IllegalStateException("an event is missing before " + event);
            }
            if (event.version() == 1) {
                insert.setLong(1, generation);
                insert.setString(2, event.stream());
                insert.setString(3, event.type());
                insert.executeUpdate();
            }
        }
    }

    static int clear(Connection connection, long generation, int limit) throws SQLException {
        String sql = connection.getMetaData().getDatabaseProductName().equals("PostgreSQL")
                ? "delete from order_list where ctid = any (array("
                        + "select ctid from order_list where generation = ? limit ?))"
                : "delete from order_list where generation = ? limit ?";
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            delete.setLong(1, generation);
            delete.setInt(2, limit);
            return delete.executeUpdate();
        }
    }
}
