package dev.entente.lab.plans;

import dev.entente.client.Call;
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
import shop.v1.CloseOrderRequest;
import shop.v1.CreateShipmentRequest;
import shop.v1.Fault;
import shop.v1.MailServiceGrpc;
import shop.v1.OpenOrderRequest;
import shop.v1.OrderServiceGrpc;
import shop.v1.PaymentServiceGrpc;
import shop.v1.PointsServiceGrpc;
import shop.v1.RefundRequest;
import shop.v1.ReleaseRequest;
import shop.v1.ReserveRequest;
import shop.v1.SendMailRequest;
import shop.v1.ShippingServiceGrpc;
import shop.v1.StockServiceGrpc;
import shop.v1.TakePointsRequest;

/**
 * What follows from an order that stands PENDING in the order service's database: it is taken up, goods are reserved, the customer pays and gets
 * points, the parcel leaves (the point of no return), the order is closed, the customer is told.
 *
 * @param faults trouble by step, or by what undoes it: "refund", "release"
 */
public record ShopOrder(String gid, String account, String sku, int quantity, long cents, Map<String, Fault> faults) {
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);

    /** The steps that participants do under its gid, in order; then "notify" sets off a notification of its own. */
    public static final List<String> STEPS = List.of("open", "reserve", "pay", "points", "ship", "close");

    /** The points that it earns. */
    public long points() {
        return Math.max(1, cents / 100);
    }

    /** The saga, not submitted yet. */
    public Saga saga(Entente entente) {
        Saga saga = entente.saga("order")
                .gid(gid)
                .label("account", account)
                .retry(RETRY)
                .timeout(Duration.ofSeconds(5));
        open(saga, entente.participant("order"));
        reserve(saga, entente.participant("stock"));
        pay(saga, entente.participant("payment"));
        points(saga, entente.participant("points"));
        shipAndTell(saga, entente);
        return saga;
    }

    private void open(Saga saga, Participant orders) {
        OpenOrderRequest open = OpenOrderRequest.newBuilder()
                .setOrder(gid)
                .setCents(cents)
                .setFault(fault("open"))
                .build();
        CancelOrderRequest cancel = CancelOrderRequest.newBuilder()
                .setOrder(gid)
                .setFault(fault("cancel"))
                .build();
        saga.step("open", orders.call(OrderServiceGrpc.getOpenMethod(), open))
                .compensateWith(orders.call(OrderServiceGrpc.getCancelMethod(), cancel));
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

    private void pay(Saga saga, Participant payment) {
        ChargeRequest charge = ChargeRequest.newBuilder()
                .setAccount(account)
                .setCents(cents)
                .setFault(fault("pay"))
                .build();
        Call<?> refund = payment.call(
                PaymentServiceGrpc.getRefundMethod(),
                RefundRequest.newBuilder().setFault(fault("refund")).build());
        var paid = saga.step("pay", payment.call(PaymentServiceGrpc.getChargeMethod(), charge));
        paid.compensateWith(response -> refund.set(
                RefundRequest.PAYMENT_ID_FIELD_NUMBER, response.field(ChargeResponse.PAYMENT_ID_FIELD_NUMBER)));
    }

    private void points(Saga saga, Participant bonus) {
        AddPointsRequest add = AddPointsRequest.newBuilder()
                .setAccount(account)
                .setPoints(points())
                .setFault(fault("points"))
                .build();
        TakePointsRequest take = TakePointsRequest.newBuilder()
                .setAccount(account)
                .setPoints(points())
                .build();
        saga.step("points", bonus.call(PointsServiceGrpc.getAddMethod(), add))
                .compensateWith(bonus.call(PointsServiceGrpc.getTakeMethod(), take));
    }

    /** What has left cannot be called back: from here on it only goes forward. */
    private void shipAndTell(Saga saga, Entente entente) {
        CreateShipmentRequest ship = CreateShipmentRequest.newBuilder()
                .setOrder(gid)
                .setFault(fault("ship"))
                .build();
        saga.step("ship", entente.participant("shipping").call(ShippingServiceGrpc.getCreateMethod(), ship))
                .nothingToUndo()
                .pivot();
        CloseOrderRequest close = CloseOrderRequest.newBuilder()
                .setOrder(gid)
                .setFault(fault("close"))
                .build();
        saga.step("close", entente.participant("order").call(OrderServiceGrpc.getCloseMethod(), close))
                .nothingToUndo();
        SendMailRequest mail = SendMailRequest.newBuilder()
                .setRecipient(gid)
                .setSubject("Your order is on its way")
                .setFault(fault("notify"))
                .build();
        saga.step(
                        "notify",
                        entente.notification("on-its-way")
                                .retry(RETRY)
                                .timeout(Duration.ofSeconds(5))
                                .deliver(entente.participant("mail").call(MailServiceGrpc.getSendMethod(), mail)))
                .nothingToUndo();
    }

    private Fault fault(String call) {
        return faults.getOrDefault(call, Fault.getDefaultInstance());
    }
}
