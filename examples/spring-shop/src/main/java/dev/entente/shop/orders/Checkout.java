package dev.entente.shop.orders;

import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Response;
import dev.entente.client.Saga;
import dev.entente.client.Tcc;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** The plans of transactions, which the coordinator executes. */
@Component
class Checkout {
    private final Entente entente;
    private final Participant orders;
    private final Participant stock;
    private final Participant payments;

    Checkout(Entente entente) {
        this.entente = entente;
        this.orders = entente.participant("orders");
        this.stock = entente.participant("stock");
        this.payments = entente.participant("payments");
    }

    /** Returns a saga that sells goods. A rejection before or at the shipment undoes all earlier steps. */
    Saga saga(Order order) {
        return entente.saga("checkout")
                .gid("order-" + order.id())
                .step(
                        "accept",
                        orders.post("/accepted").json(order),
                        accept -> accept.compensateWith(orders.post("/rejected").json(order)))
                .step(
                        "reserve",
                        stock.post("/reservations").json(order),
                        reserve -> reserve.compensateWith(stock.post("/releases")))
                .step(
                        "pay",
                        payments.post("/payments").json(order),
                        pay -> pay.compensateWith(payments.post("/refunds")))
                .step(
                        "ship",
                        stock.post("/shipments")
                                .json(order)
                                .require("/receipt", Response.of("pay").field("/receipt")),
                        ship -> ship.nothingToUndo().pivot())
                .step(
                        "confirm",
                        orders.post("/confirmed").json(order),
                        confirm -> confirm.nothingToUndo().retriable());
    }

    /** Returns a transaction that reserves goods and credit, and then takes both or releases both. */
    Tcc tcc(Order order) {
        return entente.tcc("booking")
                .gid("booking-" + order.id())
                .deadline(Duration.ofSeconds(30))
                .branch(
                        "goods",
                        stock.post("/reservations").json(order),
                        stock.post("/pickups"),
                        stock.post("/releases"))
                .branch(
                        "credit",
                        payments.post("/payments").json(order),
                        payments.post("/settlements"),
                        payments.post("/refunds"));
    }
}
