package dev.entente.stories.plans;

import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import dev.entente.rig.SqlDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import shop.v1.CloseOrderRequest;
import shop.v1.MailServiceGrpc;
import shop.v1.OpenOrderRequest;
import shop.v1.OrderServiceGrpc;
import shop.v1.SendMailRequest;

/**
 * The saga of an order that is PENDING in the order service's database. The steps: open the order, reserve the goods,
 * take the payment, add points, ship (the pivot), close the order, notify the customer. The step "notify" starts a
 * separate notification.
 */
public final class ShopOrder {
    private final Purchase order;
    private final String gid;

    /** @param order the order, with faults by step or by compensation: "cancel", "release", "refund" */
    public ShopOrder(Purchase order) {
        this.order = order;
        this.gid = order.gid();
    }

    /** Inserts the order's row in the connection's transaction. Returns false if the row already exists. */
    public boolean isNew(Connection connection) throws SQLException {
        String sql = """
            insert into orders (id, account, sku, quantity, cents, state) values (?, ?, ?, ?, ?, 'PENDING')
            on conflict (id) do nothing\
            """;
        return SqlDatabase.update(connection, sql, gid, order.account(), order.sku(), order.quantity(), order.cents())
                == 1;
    }

    /** Returns the saga, not yet submitted. */
    public Saga saga(Entente entente) {
        return saga(entente, (sale, event) -> {});
    }

    /**
     * Returns the saga that also sends a record to a topic for each event of the order.
     *
     * @param broker the participant that is the broker
     */
    public Saga announced(Entente entente, String broker, String topic) {
        Participant events = entente.participant(broker);
        return saga(entente, (sale, event) -> {
            Step<String> step = sale.saga().step("say-" + event.toLowerCase(Locale.ROOT), record(events, topic, event));
            if (event.equals("OPEN")) {
                step.compensateWith(record(events, topic, "CANCEL"));
            } else {
                step.nothingToUndo();
            }
        });
    }

    private Call<String> record(Participant events, String topic, String event) {
        return events.topic(topic).key(gid).jsonBody("{\"order\":\"" + gid + "\",\"event\":\"" + event + "\"}");
    }

    /** Adds the step that announces an event of the order. */
    private interface Announcing {
        void say(SaleSaga sale, String event);
    }

    private Saga saga(Entente entente, Announcing announcing) {
        SaleSaga sale = new SaleSaga(order, entente, "order");
        open(sale);
        announcing.say(sale, "OPEN");
        sale.reserve();
        var paid = sale.charge("pay");
        announcing.say(sale, "PAY");
        sale.addPoints("points");
        sale.ship(paid);
        announcing.say(sale, "SHIP");
        close(sale);
        announcing.say(sale, "DELIVER");
        report(sale, entente);
        return sale.saga();
    }

    private void open(SaleSaga sale) {
        OpenOrderRequest open = OpenOrderRequest.newBuilder()
                .setOrder(gid)
                .setCents(order.cents())
                .setFault(sale.fault("open"))
                .build();
        sale.saga()
                .step("open", sale.orders().call(OrderServiceGrpc.getOpenMethod(), open))
                .compensateWith(sale.cancelling("cancel"));
    }

    private void close(SaleSaga sale) {
        CloseOrderRequest close = CloseOrderRequest.newBuilder()
                .setOrder(gid)
                .setFault(sale.fault("close"))
                .build();
        sale.saga()
                .step("close", sale.orders().call(OrderServiceGrpc.getCloseMethod(), close))
                .nothingToUndo();
    }

    private void report(SaleSaga sale, Entente entente) {
        SendMailRequest mail = SendMailRequest.newBuilder()
                .setRecipient(gid)
                .setSubject("Your order is on its way")
                .setFault(sale.fault("notify"))
                .build();
        sale.saga()
                .step(
                        "notify",
                        entente.notification("on-its-way")
                                .retry(SaleSaga.RETRY)
                                .timeout(SaleSaga.TIMEOUT)
                                .deliver(entente.participant("mail").call(MailServiceGrpc.getSendMethod(), mail)))
                .nothingToUndo();
    }
}
