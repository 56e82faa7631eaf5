package dev.entente.stories.plans;

import dev.entente.client.Entente;
import dev.entente.client.Saga;
import java.util.List;
import java.util.Map;
import shop.v1.CreateOrderRequest;
import shop.v1.Fault;
import shop.v1.OrderServiceGrpc;

/**
 * A customer buys something: create-order, reserve, charge, add-points, ship. What is undone finds its row by gid and
 * branch; shipping is the point of no return.
 *
 * @param faults trouble by step, or by what undoes it: "cancel-order", "release", "refund"
 */
public record Purchase(String gid, String account, String sku, int quantity, long cents, Map<String, Fault> faults) {
    /** The methods that its branches call, in order. */
    public static final List<String> METHODS = List.of(
            "OrderService/Create",
            "StockService/Reserve",
            "PaymentService/Charge",
            "PointsService/Add",
            "ShippingService/Create");

    /** The methods that take effect where the points service refuses: what was done before is undone. */
    public static final List<String> REFUNDED = List.of(
            "OrderService/Create",
            "StockService/Reserve",
            "PaymentService/Charge",
            "PaymentService/Refund",
            "StockService/Release",
            "OrderService/Cancel");

    /** Tells whether somebody buys something, and pays for it. */
    public boolean makesSense() {
        return quantity >= 1 && cents >= 0 && !account.isEmpty();
    }

    /** The points that it earns. */
    public long points() {
        return Math.max(1, cents / 100);
    }

    /** The saga, not submitted yet. */
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
