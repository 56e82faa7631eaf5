package dev.entente.lab.plans;

import dev.entente.client.ApprovalStep;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import java.time.Duration;
import java.util.Set;
import shop.v1.ChargeRequest;
import shop.v1.ChargeResponse;
import shop.v1.CreateShipmentRequest;
import shop.v1.Fault;
import shop.v1.PaymentServiceGrpc;
import shop.v1.RefundRequest;
import shop.v1.ReleaseRequest;
import shop.v1.ReserveRequest;
import shop.v1.ShippingServiceGrpc;
import shop.v1.StockServiceGrpc;

/**
 * An order that a manager must approve: reserve, manager, charge, ship. Shipping is the point of no return.
 *
 * @param within how long the manager has
 * @param slow trouble of what comes before and after the approval
 */
public record BigOrder(
        String gid, String account, String sku, long cents, Duration within, ApprovalStep.Expiry onExpiry, Fault slow) {
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);

    /** Its branches that leave something in a ledger. */
    public static final Set<String> STEPS = Set.of("reserve", "charge", "ship");

    /** The step at which it waits. */
    public static final String APPROVAL = "manager";

    /** The saga, not submitted yet. */
    public Saga saga(Entente entente) {
        Saga saga = entente.saga("big-order")
                .gid(gid)
                .label("account", account)
                .retry(RETRY)
                .timeout(Duration.ofSeconds(5));
        reserve(saga, entente.participant("stock"));
        saga.approval(APPROVAL)
                .prompt(account + " orders for " + cents + " cents")
                .within(within, onExpiry);
        chargeAndShip(saga, entente);
        return saga;
    }

    private void reserve(Saga saga, Participant stock) {
        ReserveRequest reserve = ReserveRequest.newBuilder()
                .setSku(sku)
                .setQuantity(1)
                .setFault(slow)
                .build();
        ReleaseRequest release = ReleaseRequest.newBuilder()
                .setSku(sku)
                .setQuantity(1)
                .setFault(slow)
                .build();
        saga.step("reserve", stock.call(StockServiceGrpc.getReserveMethod(), reserve))
                .compensateWith(stock.call(StockServiceGrpc.getReleaseMethod(), release));
    }

    private void chargeAndShip(Saga saga, Entente entente) {
        Participant payment = entente.participant("payment");
        ChargeRequest charge = ChargeRequest.newBuilder()
                .setAccount(account)
                .setCents(cents)
                .setFault(slow)
                .build();
        var paid = saga.step("charge", payment.call(PaymentServiceGrpc.getChargeMethod(), charge))
                .compensateWith(response -> payment.call(
                                PaymentServiceGrpc.getRefundMethod(), RefundRequest.getDefaultInstance())
                        .set(
                                RefundRequest.PAYMENT_ID_FIELD_NUMBER,
                                response.field(ChargeResponse.PAYMENT_ID_FIELD_NUMBER)));
        CreateShipmentRequest ship =
                CreateShipmentRequest.newBuilder().setOrder(gid).build();
        saga.step(
                        "ship",
                        entente.participant("shipping")
                                .call(ShippingServiceGrpc.getCreateMethod(), ship)
                                .set(
                                        CreateShipmentRequest.PAYMENT_ID_FIELD_NUMBER,
                                        paid.response().field(ChargeResponse.PAYMENT_ID_FIELD_NUMBER)))
                .nothingToUndo()
                .pivot();
    }
}
