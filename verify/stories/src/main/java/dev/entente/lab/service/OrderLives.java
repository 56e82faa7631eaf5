package dev.entente.lab.service;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.statemachine.GuardedStates;
import dev.entente.statemachine.TransitionRefused;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Orders and their events: each event, and the receipt of one that is paid, is one local transaction. Thread-safe. */
final class OrderLives {
    private static final Outbox OUTBOX = Outbox.postgres();
    /** Nobody relays it: receipts stay, and are counted. */
    private static final URI NOBODY = URI.create("http://127.0.0.1/receipts");

    private final GuardedStates<OrderState, OrderEvent> states = GuardedStates.postgres(OrderState.machine());
    private final DataSource database;
    private final boolean lies;

    /** @param lies moves each order that was delivered behind the guard's back */
    OrderLives(DataSource database, boolean lies) {
        this.database = database;
        this.lies = lies;
    }

    void createTables() throws SQLException {
        states.createTables(database);
        OUTBOX.createTables(database);
    }

    void create(String order) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            states.create(connection, order);
            connection.commit();
        }
    }

    /**
     * Lets the event happen to the order.
     *
     * @throws TransitionRefused where it is not allowed
     */
    void happen(String order, OrderEvent event) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            states.transition(connection, order, event, (same, done) -> {
                if (done.event() == OrderEvent.PAY) {
                    OUTBOX.enqueue(
                            same,
                            OutboxMessage.toHttp("POST", NOBODY, "{\"order\":\"" + order + "\"}")
                                    .id("receipt-" + order));
                }
            });
            if (lies) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("update entente_state set state = 'CANCELLED' where state = 'DELIVERED'");
                }
            }
            connection.commit();
        }
    }
}
