package dev.entente.stories.plans;

import dev.entente.client.Entente;
import dev.entente.client.Saga;
import java.util.List;
import java.util.Map;
import shop.v1.CreateOrderRequest;
import shop.v1.Fault;
import shop.v1.OrderServiceGrpc;

/**
 * A purchase by a customer: create-order, reserve, charge, add-points, ship. A compensation finds its row by gid and
 * branch. Shipping is the pivot.
 *
 * @param faults faults by step, or by compensation: "cancel-order", "release", "refund"
 */
public record Purchase(String gid, String account, String sku, int quantity, long cents, Map<String, Fault> faults) {
    /** The methods that the purchase's branches call, in order. */
    public static final List<String> METHODS = List.of(
            "OrderService/Create",
            "StockService/Reserve",
            "PaymentService/Charge",
            "PointsService/Add",
            "ShippingService/Create");

    /** The methods that take effect if the points service rejects its call: the earlier steps are compensated. */
    public static final List<String> REFUNDED = List.of(
            "OrderService/Create",
            "StockService/Reserve",
            "PaymentService/Charge",
            "PaymentService/Refund",
            "StockService/Release",
            "OrderService/Cancel");

    /** Returns whether the order has at least one piece, a price of at least 0 cents and an account. */
    public boolean makesSense() {
        return quantity >= 1 && cents >= 0 && !account.isEmpty();
    }

    /** Returns the points for the purchase. */
    public long points() {
        return Math.max(1, cents / 100);
    }

    /** Returns the saga, not yet submitted. */
    public Saga saga(Entente entente) {
        SaleSaga sale = new SaleSaga(this, entente, "checkout");
        createOrder(sale);
        sale.reserve();
        var paid = sale.charge("charge");
        sale.addPoints("add-points");
        return sale.saga().result(sale.ship(paid));
    }

    private void createOrder(SaleSaga sale) {
        CreateOrderRequest order = CreateOrderRequest.newBuilder()
                .setOrder(gid)
                .setAccount(account)
                .setSku(sku)
                .setQuantity(quantity)
                .setCents(cents)
                .setFault(sale.fault("create-order"))
                .build();
        sale.saga()
                .step("create-order", sale.orders().call(OrderServiceGrpc.getCreateMethod(), order))
                .compensateWith(sale.cancelling("cancel-order"));
    }
}
