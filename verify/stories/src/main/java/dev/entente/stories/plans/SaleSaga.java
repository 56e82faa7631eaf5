package dev.entente.stories.plans;

import com.google.protobuf.Message;
import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.PlanBuilder;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import java.time.Duration;
import shop.v1.AddPointsRequest;
import shop.v1.CancelOrderRequest;
import shop.v1.ChargeRequest;
import shop.v1.ChargeResponse;
import shop.v1.CreateShipmentRequest;
import shop.v1.CreateShipmentResponse;
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

/** The saga of a sale while it is built. Each call gets the fault that the sale has for the call's id. */
public final class SaleSaga {
    static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Purchase sale;
    private final Entente entente;
    private final Saga saga;

    /** @param name the name of the saga */
    public SaleSaga(Purchase sale, Entente entente, String name) {
        this.sale = sale;
        this.entente = entente;
        this.saga = usual(entente.saga(name), sale.gid()).label("account", sale.account());
    }

    /** Sets short retry pauses and a short timeout, so that a scenario can wait for the retries. */
    static <B extends PlanBuilder<B>> B usual(B plan, String gid) {
        return plan.gid(gid).retry(RETRY).timeout(TIMEOUT);
    }

    public Saga saga() {
        return saga;
    }

    Participant orders() {
        return entente.participant("order");
    }

    /** Returns the call that cancels an order. */
    Call<? extends Message> cancelling(String undo) {
        CancelOrderRequest cancel = CancelOrderRequest.newBuilder()
                .setOrder(sale.gid())
                .setFault(fault(undo))
                .build();
        return orders().call(OrderServiceGrpc.getCancelMethod(), cancel);
    }

    /** Adds the reservation of the goods. */
    public void reserve() {
        ReserveRequest reserve = ReserveRequest.newBuilder()
                .setSku(sale.sku())
                .setQuantity(sale.quantity())
                .setFault(fault("reserve"))
                .build();
        ReleaseRequest release = ReleaseRequest.newBuilder()
                .setSku(sale.sku())
                .setQuantity(sale.quantity())
                .setFault(fault("release"))
                .build();
        Participant stock = entente.participant("stock");
        saga.step("reserve", stock.call(StockServiceGrpc.getReserveMethod(), reserve))
                .compensateWith(stock.call(StockServiceGrpc.getReleaseMethod(), release));
    }

    /** Adds the payment. Its compensation refunds the payment id of the response. */
    Step<ChargeResponse> charge(String id) {
        ChargeRequest charge = ChargeRequest.newBuilder()
                .setAccount(sale.account())
                .setCents(sale.cents())
                .setFault(fault(id))
                .build();
        Participant payment = entente.participant("payment");
        Call<?> refund = payment.call(
                PaymentServiceGrpc.getRefundMethod(),
                RefundRequest.newBuilder().setFault(fault("refund")).build());
        return saga.step(id, payment.call(PaymentServiceGrpc.getChargeMethod(), charge))
                .compensateWith(response -> refund.set(
                        RefundRequest.PAYMENT_ID_FIELD_NUMBER, response.field(ChargeResponse.PAYMENT_ID_FIELD_NUMBER)));
    }

    void addPoints(String id) {
        AddPointsRequest add = AddPointsRequest.newBuilder()
                .setAccount(sale.account())
                .setPoints(sale.points())
                .setFault(fault(id))
                .build();
        TakePointsRequest take = TakePointsRequest.newBuilder()
                .setAccount(sale.account())
                .setPoints(sale.points())
                .build();
        Participant bonus = entente.participant("points");
        saga.step(id, bonus.call(PointsServiceGrpc.getAddMethod(), add))
                .compensateWith(bonus.call(PointsServiceGrpc.getTakeMethod(), take));
    }

    /** Adds the shipment, the pivot: a parcel that has left cannot be called back. */
    Step<CreateShipmentResponse> ship(Step<ChargeResponse> paid) {
        CreateShipmentRequest ship = CreateShipmentRequest.newBuilder()
                .setOrder(sale.gid())
                .setFault(fault("ship"))
                .build();
        Call<CreateShipmentResponse> call = entente.participant("shipping")
                .call(ShippingServiceGrpc.getCreateMethod(), ship)
                .set(
                        CreateShipmentRequest.PAYMENT_ID_FIELD_NUMBER,
                        paid.response().field(ChargeResponse.PAYMENT_ID_FIELD_NUMBER));
        return saga.step("ship", call).nothingToUndo().pivot();
    }

    Fault fault(String call) {
        return sale.faults().getOrDefault(call, Fault.getDefaultInstance());
    }
}
