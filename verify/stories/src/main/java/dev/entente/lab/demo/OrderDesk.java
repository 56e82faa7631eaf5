package dev.entente.lab.demo;

import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.ShopOrder;
import dev.entente.lab.scenario.Stage;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.StoredTransactions;
import dev.entente.v1.Pattern;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * Takes orders: the order's row and the message that sets off what follows, in one transaction of the order service's
 * own database. Thread-safe.
 */
final class OrderDesk {
    private static final Outbox OUTBOX = Outbox.postgres();
    private static final int CONNECTIONS = 16;
    /** A notification is a transaction of its own, and ends when it ends. */
    private static final Trace CREATED =
            new Trace("order", ShopService.ORDER, "id", "orders where state = 'CREATED' and");

    private static final Trace MAIL = new Trace("mail", ShopService.MAIL, "recipient", "mail where");
    /** The rows that a completed order leaves in each of the other databases. */
    private static final List<Trace> TRACES = List.of(
            new Trace("reservation", ShopService.STOCK, "gid", "reservation where state = 'RESERVED' and"),
            new Trace("payment", ShopService.PAYMENT, "gid", "payment where state = 'CHARGED' and"),
            new Trace("entry of points", ShopService.POINTS, "gid", "entry where state = 'ADDED' and"),
            new Trace("parcel", ShopService.SHIPPING, "order_id", "shipment where"),
            MAIL);

    private final Stage stage;
    private final Semaphore connections = new Semaphore(CONNECTIONS);

    OrderDesk(Stage stage) {
        this.stage = stage;
    }

    /**
     * Writes both and commits, unless they stand already. Blocks.
     *
     * @param changesItsMind rolls back instead: then neither was ever there
     */
    void place(ShopOrder order, boolean changesItsMind) throws SQLException {
        connections.acquireUninterruptibly();
        try (Connection connection = database().connect(ShopService.ORDER.databaseName())) {
            connection.setAutoCommit(false);
            if (isNew(connection, order)) {
                OUTBOX.enqueue(connection, OutboxMessage.toCoordinator(order.saga(stage.entente())));
            }
            if (changesItsMind) {
                connection.rollback();
            } else {
                connection.commit();
            }
        } finally {
            connections.release();
        }
    }

    /**
     * Rows of one service that belong to an order.
     *
     * @param order the column that names it
     * @param rows a table and what its rows must be, up to one more condition
     */
    private record Trace(String what, ShopService service, String order, String rows) {}

    /** Takes an order to the desk. */
    interface Placing {
        /** False where nothing follows from it. Blocks. */
        boolean place() throws SQLException;
    }

    /** That order as an operation of a load. */
    static CrashJob job(ShopOrder order, Placing placing) {
        return new CrashJob(order.gid(), Pattern.SAGA, Set.copyOf(ShopOrder.STEPS), (_, accepted) -> {
            if (placing.place()) {
                accepted.run();
            }
        });
    }

    /** Tells whether the desk finds that the order makes no sense. */
    static boolean isRefused(ShopOrder order) {
        return order.quantity() < 1 || order.cents() < 0 || order.account().isEmpty();
    }

    private static boolean isNew(Connection connection, ShopOrder order) throws SQLException {
        String sql = """
            insert into orders (id, account, sku, quantity, cents, state) values (?, ?, ?, ?, ?, 'PENDING')
            on conflict (id) do nothing\
            """;
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setString(1, order.gid());
            insert.setString(2, order.account());
            insert.setString(3, order.sku());
            insert.setInt(4, order.quantity());
            insert.setLong(5, order.cents());
            return insert.executeUpdate() == 1;
        }
    }

    private EmbeddedDatabase database() {
        return stage.playground().database();
    }

    /** Returns the invariants of orders whose names start with that prefix, once everything has ended. */
    List<Invariant> invariants(String prefix) throws Exception {
        List<Invariant> invariants = new ArrayList<>();
        List<String> orders =
                stage.books().texts(ShopService.ORDER, "select id from orders where starts_with(id, ?)", prefix);
        Set<String> transactions = StoredTransactions.read(database(), prefix).gids();
        invariants.add(new Invariant(
                "no order without its transaction, no transaction without its order",
                new HashSet<>(orders).equals(transactions),
                orders.size(),
                orders.size() + " orders, " + transactions.size() + " transactions"));
        invariants.add(
                none("no order is left half done", "orders where state = 'PENDING' and starts_with(id, ?)", prefix));
        invariants.add(none("the outbox is empty", "entente_outbox where starts_with(id, ?)", prefix));
        List<String> created = orders(CREATED, prefix);
        stage.await("a mail for each order", () -> orders(MAIL, prefix).size() >= created.size());
        for (Trace trace : TRACES) {
            List<String> found = orders(trace, prefix);
            invariants.add(new Invariant(
                    "one " + trace.what() + " for each order that went through, and for no other",
                    created.equals(found),
                    created.size(),
                    created.size() + " orders, " + found.size() + " of these"));
        }
        invariants.addAll(new ShopInvariants(stage.books()).all());
        return invariants;
    }

    private List<String> orders(Trace trace, String prefix) throws SQLException {
        String sql = "select %1$s from %2$s starts_with(%1$s, ?) order by %1$s collate \"C\""
                .formatted(trace.order(), trace.rows());
        return stage.books().texts(trace.service(), sql, prefix);
    }

    private Invariant none(String name, String from, String prefix) throws SQLException {
        long found = stage.books().number(ShopService.ORDER, "select count(*) from " + from, prefix);
        return new Invariant(name, found == 0, 1, found + " found");
    }
}
