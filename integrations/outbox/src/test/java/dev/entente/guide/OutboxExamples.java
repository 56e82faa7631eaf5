package dev.entente.guide;

import bank.v1.AccountServiceGrpc;
import bank.v1.DepositRequest;
import dev.entente.client.Entente;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.outbox.OutboxRelay;
import dev.entente.outbox.ParkedMessages;
import io.grpc.Channel;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/** The examples of {@code docs/patterns/outbox.md}. A test compares them with the page. */
final class OutboxExamples {
    private OutboxExamples() {}

    static Outbox open(DataSource dataSource) throws SQLException {
        Outbox outbox = Outbox.postgres();
        outbox.createTables(dataSource);
        return outbox;
    }

    static Outbox onMariadb() {
        Outbox outbox = Outbox.mariadb();
        return outbox;
    }

    static void createOrder(Connection connection, Outbox outbox, String order, DepositRequest deposit)
            throws SQLException {
        connection.setAutoCommit(false);
        insertOrder(connection, order);
        outbox.enqueue(
                connection,
                OutboxMessage.toGrpc("bank", AccountServiceGrpc.getDepositMethod(), deposit)
                        .key(order)
                        .id("paid-" + order));
        connection.commit();
    }

    static OutboxRelay relay(DataSource dataSource, Entente entente, Channel channel) {
        OutboxRelay relay = OutboxRelay.from(dataSource)
                .deliverThrough(entente)
                .channel("bank", channel)
                .giveUpAfter(Duration.ofDays(3))
                .start();
        return relay;
    }

    static void operate(DataSource dataSource) throws SQLException {
        ParkedMessages parked = ParkedMessages.in(dataSource);
        parked.list(50).forEach(System.out::println);
        parked.retry("paid-4711");
        parked.skip("paid-4712", "paid by hand");
        parked.retryAll();
    }

    static Inbox inbox() {
        Inbox inbox = Inbox.postgres().consumer("points");
        return inbox;
    }

    static boolean receive(Connection connection, Inbox inbox, String idempotencyKey, String user) throws SQLException {
        boolean first = inbox.once(connection, idempotencyKey, same -> addPoints(same, user));
        connection.commit();
        return first;
    }

    private static void insertOrder(Connection connection, String order) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into orders (id) values (?)")) {
            insert.setString(1, order);
            insert.executeUpdate();
        }
    }

    private static void addPoints(Connection connection, String user) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("update account set points = points + 100 where name = ?")) {
            update.setString(1, user);
            update.executeUpdate();
        }
    }
}
