package dev.entente.lab.plans;

import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import shop.v1.AddPointsRequest;
import shop.v1.CancelOrderRequest;
import shop.v1.ChargeRequest;
import shop.v1.ChargeResponse;
import shop.v1.CreateOrderRequest;
import shop.v1.CreateShipmentRequest;
import shop.v1.Fault;
import shop.v1.OrderServiceGrpc;
import shop.v1.PaymentServiceGrpc;
import shop.v1.PointsServiceGrpc;
import shop.v1.RefundRequest;
import shop.v1.ReleaseRequest;
import shop.v1.ReserveRequest;
import shop.v1.ShippingServiceGrpc;
import shop.v1.StockServiceGrpc;
import shop.v1.TakePointsRequest;

/**
 * A customer buys something: create-order, reserve, charge, add-points, ship. What is undone finds its row by gid and branch; shipping is the
 * point of no return.
 *
 * @param faults trouble by step
 */
public record Purchase(String gid, String account, String sku, int quantity, long cents, Map<String, Fault> faults) {
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);

    /** Its branches, in order. */
    public static final List<String> STEPS = List.of("create-order", "reserve", "charge", "add-points", "ship");

    /** The points that it earns. */
    public long points() {
        return Math.max(1, cents / 100);
    }

    /** The saga, not submitted yet. */
    public Saga saga(Entente entente) {
        Saga saga = entente.saga("checkout")
                .gid(gid)
                .label("account", account)
                .retry(RETRY)
                .timeout(Duration.ofSeconds(5));
        createOrder(saga, entente.participant("order"));
        reserve(saga, entente.participant("stock"));
        addChargeAndWhatFollows(saga, entente);
        return saga;
    }

    private void createOrder(Saga saga, Participant orders) {
        CreateOrderRequest order = CreateOrderRequest.newBuilder()
                .setOrder(gid)
                .setAccount(account)
                .setSku(sku)
                .setQuantity(quantity)
                .setCents(cents)
                .setFault(fault("create-order"))
                .build();
        saga.step("create-order", orders.call(OrderServiceGrpc.getCreateMethod(), order))
                .compensateWith(orders.call(
                        OrderServiceGrpc.getCancelMethod(),
                        CancelOrderRequest.newBuilder()
                                .setOrder(gid)
                                .setFault(fault("cancel-order"))
                                .build()));
    }

    private void reserve(Saga saga, Participant stock) {
        ReserveRequest reserve = ReserveRequest.newBuilder()
                .setSku(sku)
                .setQuantity(quantity)
                .setFault(fault("reserve"))
                .build();
        ReleaseRequest release = ReleaseRequest.newBuilder()
                .setSku(sku)
                .setQuantity(quantity)
                .setFault(fault("release"))
                .build();
        saga.step("reserve", stock.call(StockServiceGrpc.getReserveMethod(), reserve))
                .compensateWith(stock.call(StockServiceGrpc.getReleaseMethod(), release));
    }

    private void addChargeAndWhatFollows(Saga saga, Entente entente) {
        Participant payment = entente.participant("payment");
        ChargeRequest charge = ChargeRequest.newBuilder()
                .setAccount(account)
                .setCents(cents)
                .setFault(fault("charge"))
                .build();
        var paid = saga.step("charge", payment.call(PaymentServiceGrpc.getChargeMethod(), charge))
                .compensateWith(response -> payment.call(
                                PaymentServiceGrpc.getRefundMethod(),
                                RefundRequest.newBuilder()
                                        .setFault(fault("refund"))
                                        .build())
                        .set(
                                RefundRequest.PAYMENT_ID_FIELD_NUMBER,
                                response.field(ChargeResponse.PAYMENT_ID_FIELD_NUMBER)));

        Participant bonus = entente.participant("points");
        AddPointsRequest add = AddPointsRequest.newBuilder()
                .setAccount(account)
                .setPoints(points())
                .setFault(fault("add-points"))
                .build();
        TakePointsRequest take = TakePointsRequest.newBuilder()
                .setAccount(account)
                .setPoints(points())
                .build();
        saga.step("add-points", bonus.call(PointsServiceGrpc.getAddMethod(), add))
                .compensateWith(bonus.call(PointsServiceGrpc.getTakeMethod(), take));

        CreateShipmentRequest ship = CreateShipmentRequest.newBuilder()
                .setOrder(gid)
                .setFault(fault("ship"))
                .build();
        var shipped = saga.step(
                        "ship",
                        entente.participant("shipping")
                                .call(ShippingServiceGrpc.getCreateMethod(), ship)
                                .set(
                                        CreateShipmentRequest.PAYMENT_ID_FIELD_NUMBER,
                                        paid.response().field(ChargeResponse.PAYMENT_ID_FIELD_NUMBER)))
                .nothingToUndo()
                .pivot();
        saga.result(shipped);
    }

    private Fault fault(String call) {
        return faults.getOrDefault(call, Fault.getDefaultInstance());
    }
}
