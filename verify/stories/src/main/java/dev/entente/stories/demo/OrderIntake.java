package dev.entente.stories.demo;

import dev.entente.demo.ShopService;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.stories.judge.Law;
import dev.entente.stories.plans.Purchase;
import dev.entente.stories.plans.ShopOrder;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * The intake of orders: the order's row and the message that starts the saga, in one transaction of the order service's
 * own database.
 */
final class OrderIntake {
    private static final Outbox OUTBOX = Outbox.postgres();
    private static final String CREATED = "select id from orders where state = 'CREATED' and starts_with(id, ?)";

    private final ScenarioRun play;

    OrderIntake(ScenarioRun play) {
        this.play = play;
    }

    /**
     * Writes the row and the message and commits, unless they exist already. Blocks.
     *
     * @param changesItsMind rolls back instead of committing, so that neither exists
     */
    void place(Purchase order, boolean changesItsMind) throws SQLException {
        try (Connection connection = play.databases().of(ShopService.ORDER).connect()) {
            connection.setAutoCommit(false);
            ShopOrder placed = new ShopOrder(order);
            if (placed.isNew(connection)) {
                OUTBOX.enqueue(connection, OutboxMessage.toCoordinator(placed.saga(play.entente())));
            }
            if (changesItsMind) {
                connection.rollback();
            } else {
                connection.commit();
            }
        }
    }

    /** Checks the orders with this name prefix, after all transactions have finished. */
    void check(String prefix) throws Exception {
        List<String> orders = play.databases()
                .texts(ShopService.ORDER, "select id from orders where starts_with(id, ?) order by id", prefix);
        List<String> transactions = play.stored().texts("""
            select gid from (select gid from open_transaction union all select gid from finished_transaction) stored
            where starts_with(gid, ?) and strpos(gid, '/') = 0 order by gid\
            """, prefix);
        play.check(
                "each order has a transaction, and each transaction has an order",
                orders.stream()
                        .sorted()
                        .toList()
                        .equals(transactions.stream().sorted().toList()),
                orders.size(),
                orders.size() + " orders, " + transactions.size() + " transactions");
        play.number(
                "no order is PENDING",
                0,
                ShopService.ORDER,
                "select count(*) from orders where state = 'PENDING' and starts_with(id, ?)",
                prefix);
        play.number(
                "the outbox is empty",
                0,
                ShopService.ORDER,
                "select count(*) from entente_outbox where starts_with(id, ?)",
                prefix);
        List<String> created = play.databases().texts(ShopService.ORDER, CREATED, prefix);
        // A notification is a separate transaction and finishes by itself.
        play.await(
                "a mail for each order",
                () -> play.databases()
                                .texts(
                                        ShopService.MAIL,
                                        "select recipient from mail where starts_with(recipient, ?)",
                                        prefix)
                                .size()
                        >= created.size());
        one(ShopService.STOCK, "reservation", "gid from reservation where state = 'RESERVED' and", created, prefix);
        one(ShopService.PAYMENT, "payment", "gid from payment where state = 'CHARGED' and", created, prefix);
        one(ShopService.POINTS, "entry of points", "gid from entry where state = 'ADDED' and", created, prefix);
        one(ShopService.SHIPPING, "parcel", "order_id from shipment where", created, prefix);
        one(ShopService.MAIL, "mail", "recipient from mail where", created, prefix);
        play.hold(Law.SHOP);
    }

    /** @param rows the column with the order's name, a table, and a where clause that needs one more condition */
    private void one(ShopService service, String what, String rows, List<String> created, String prefix)
            throws SQLException {
        String column = rows.substring(0, rows.indexOf(' '));
        play.same(
                "one " + what + " for each CREATED order, and no others",
                created,
                service,
                "select " + rows + " starts_with(" + column + ", ?)",
                prefix);
    }
}
