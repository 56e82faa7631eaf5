package dev.entente.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import shop.v1.AccountServiceGrpc;
import shop.v1.AddPointsRequest;
import shop.v1.CancelOrderRequest;
import shop.v1.ChargeRequest;
import shop.v1.CreateOrderRequest;
import shop.v1.CreateShipmentRequest;
import shop.v1.Fault;
import shop.v1.FreezeRequest;
import shop.v1.OrderServiceGrpc;
import shop.v1.PaymentServiceGrpc;
import shop.v1.PointsServiceGrpc;
import shop.v1.RefundRequest;
import shop.v1.ReleaseRequest;
import shop.v1.ReserveRequest;
import shop.v1.SettleRequest;
import shop.v1.ShippingServiceGrpc;
import shop.v1.StockServiceGrpc;
import shop.v1.TakePointsRequest;

/** The services over real gRPC and a real PostgreSQL, called with and without the coordinator's metadata. */
final class DemoParticipantTest {
    private static ShopFixture shop;

    @BeforeAll
    static void start() throws Exception {
        shop = ShopFixture.start();
    }

    @AfterAll
    static void stop() throws Exception {
        shop.close();
    }

    @Test
    void only_the_confirmed_of_two_transfers_changes_the_account() throws Exception {
        long before = balance("alice");
        freeze("transfer-1", "alice", 300);
        freeze("transfer-2", "alice", 700);
        assertThat(frozen("alice")).isEqualTo(1000);

        AccountServiceGrpc.newBlockingStub(shop.as("transfer-1", "debit", "cancel"))
                .cancelFreeze(SettleRequest.getDefaultInstance());
        assertThat(frozen("alice")).isEqualTo(700);
        AccountServiceGrpc.newBlockingStub(shop.as("transfer-2", "debit", "confirm"))
                .confirmFreeze(SettleRequest.getDefaultInstance());

        assertThat(balance("alice")).isEqualTo(before - 700);
        assertThat(frozen("alice")).isZero();
        assertThat(shop.number(ShopService.ACCOUNT, "select count(*) from frozen_record where account_id = 'alice'"))
                .isZero();
    }

    @Test
    void an_incoming_transfer_freezes_nothing_and_is_credited_by_the_confirm() throws Exception {
        long before = balance("fees");
        AccountServiceGrpc.newBlockingStub(shop.as("fee-1", "credit", "try"))
                .tryFreeze(FreezeRequest.newBuilder()
                        .setAccount("fees")
                        .setCents(-50)
                        .build());
        assertThat(balance("fees")).isEqualTo(before);
        assertThat(frozen("fees")).isZero();
        AccountServiceGrpc.newBlockingStub(shop.as("fee-1", "credit", "confirm"))
                .confirmFreeze(SettleRequest.getDefaultInstance());
        assertThat(balance("fees")).isEqualTo(before + 50);
    }

    @Test
    void frozen_money_cannot_be_frozen_again() {
        freeze("all-1", "carol", 500);
        assertThatThrownBy(() -> freeze("all-2", "carol", 1)).hasMessageContaining("INSUFFICIENT_FUNDS");
        AccountServiceGrpc.newBlockingStub(shop.as("all-1", "debit", "cancel"))
                .cancelFreeze(SettleRequest.getDefaultInstance());
    }

    @Test
    void a_refund_finds_its_payment_by_gid_and_branch() throws Exception {
        long before = paid("bob");
        PaymentServiceGrpc.newBlockingStub(shop.as("pay-1", "pay", "action"))
                .charge(ChargeRequest.newBuilder()
                        .setAccount("bob")
                        .setCents(1999)
                        .build());
        assertThat(paid("bob")).isEqualTo(before - 1999);
        var refund = PaymentServiceGrpc.newBlockingStub(shop.as("pay-1", "pay", "compensate"))
                .refund(RefundRequest.getDefaultInstance());
        assertThat(refund.getCents()).isEqualTo(1999);
        assertThat(paid("bob")).isEqualTo(before);
        assertThat(ledger(ShopService.PAYMENT, "pay-1")).isEqualTo(2);
    }

    @Test
    void a_charge_that_arrives_after_its_refund_is_rejected() throws Exception {
        PaymentServiceGrpc.newBlockingStub(shop.as("late-1", "pay", "compensate"))
                .refund(RefundRequest.getDefaultInstance());
        assertThatThrownBy(() -> PaymentServiceGrpc.newBlockingStub(shop.as("late-1", "pay", "action"))
                        .charge(ChargeRequest.newBuilder()
                                .setAccount("bob")
                                .setCents(1)
                                .build()))
                .hasMessageContaining("ALREADY_UNDONE")
                .satisfies(late ->
                        assertThat(Status.fromThrowable(late).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION));
        assertThat(ledger(ShopService.PAYMENT, "late-1")).isZero();
    }

    @Test
    void a_call_without_a_transaction_reserves_and_releases_by_id() throws Exception {
        long before = reserved("A-2");
        var stub = StockServiceGrpc.newBlockingStub(shop.direct());
        String id = stub.reserve(
                        ReserveRequest.newBuilder().setSku("A-2").setQuantity(3).build())
                .getReservationId();
        assertThat(reserved("A-2")).isEqualTo(before + 3);
        stub.release(ReleaseRequest.newBuilder().setReservationId(id).build());
        assertThat(reserved("A-2")).isEqualTo(before);
        assertThatThrownBy(() -> stub.release(ReleaseRequest.getDefaultInstance()))
                .hasMessageContaining("reservation_id is empty");
    }

    @Test
    void a_confirmed_reservation_reduces_the_stock() throws Exception {
        long before = shop.number(ShopService.STOCK, "select on_hand from stock where sku = 'A-1'");
        StockServiceGrpc.newBlockingStub(shop.as("tcc-1", "goods", "try"))
                .tryReserve(
                        ReserveRequest.newBuilder().setSku("A-1").setQuantity(2).build());
        StockServiceGrpc.newBlockingStub(shop.as("tcc-1", "goods", "confirm"))
                .confirmReserve(ReleaseRequest.getDefaultInstance());
        assertThat(shop.number(ShopService.STOCK, "select on_hand from stock where sku = 'A-1'"))
                .isEqualTo(before - 2);
        assertThat(reserved("A-1")).isZero();
    }

    @Test
    void missing_goods_and_unknown_accounts_are_rejected_with_an_error_code() {
        var stock = StockServiceGrpc.newBlockingStub(shop.direct());
        assertThatThrownBy(() -> stock.reserve(
                        ReserveRequest.newBuilder().setSku("B-1").setQuantity(2).build()))
                .hasMessageContaining("OUT_OF_STOCK")
                .satisfies(no ->
                        assertThat(Status.fromThrowable(no).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION));
        assertThatThrownBy(() -> stock.reserve(
                        ReserveRequest.newBuilder().setSku("Z-9").setQuantity(1).build()))
                .hasMessageContaining("NO_SUCH_SKU");
        assertThatThrownBy(() -> PaymentServiceGrpc.newBlockingStub(shop.direct())
                        .charge(ChargeRequest.newBuilder()
                                .setAccount("unknown")
                                .setCents(1)
                                .build()))
                .hasMessageContaining("NO_SUCH_ACCOUNT");
    }

    @Test
    void an_order_is_cancelled_and_points_are_taken_back() throws Exception {
        OrderServiceGrpc.newBlockingStub(shop.as("order-1", "order", "action"))
                .create(CreateOrderRequest.newBuilder()
                        .setOrder("o-1")
                        .setQuantity(1)
                        .build());
        OrderServiceGrpc.newBlockingStub(shop.as("order-1", "order", "compensate"))
                .cancel(CancelOrderRequest.getDefaultInstance());
        assertThat(shop.number(
                        ShopService.ORDER, "select count(*) from orders where id = 'o-1' and state = 'CANCELLED'"))
                .isOne();

        PointsServiceGrpc.newBlockingStub(shop.as("order-1", "points", "action"))
                .add(AddPointsRequest.newBuilder()
                        .setAccount("dora")
                        .setPoints(20)
                        .build());
        PointsServiceGrpc.newBlockingStub(shop.as("order-1", "points", "compensate"))
                .take(TakePointsRequest.getDefaultInstance());
        assertThat(shop.number(ShopService.POINTS, "select points from account where id = 'dora'"))
                .isZero();
    }

    @Test
    void an_injected_rejection_is_repeated_for_a_call_without_the_fault() throws Exception {
        var stub = ShippingServiceGrpc.newBlockingStub(shop.as("reject-1", "ship", "action"));
        var request = CreateShipmentRequest.newBuilder()
                .setOrder("1")
                .setFault(Fault.newBuilder().setReject("NO_TRUCK"))
                .build();
        assertThatThrownBy(() -> stub.create(request)).hasMessageContaining("NO_TRUCK");
        assertThatThrownBy(() -> stub.create(request.toBuilder().clearFault().build()))
                .hasMessageContaining("NO_TRUCK");
        assertThat(ledger(ShopService.SHIPPING, "reject-1")).isZero();
    }

    @Test
    void calls_fail_as_often_as_the_fault_requests_and_then_succeed() throws Exception {
        var stub = ShippingServiceGrpc.newBlockingStub(shop.as("fail-1", "ship", "action"));
        var request = CreateShipmentRequest.newBuilder()
                .setOrder("1")
                .setFault(Fault.newBuilder().setFailTimes(2))
                .build();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> stub.create(request)).hasMessageContaining("UNAVAILABLE");
        }
        stub.create(request);
        assertThat(ledger(ShopService.SHIPPING, "fail-1")).isOne();
    }

    @Test
    void a_lost_answer_is_repeated_and_the_work_is_done_once() throws Exception {
        var stub = ShippingServiceGrpc.newBlockingStub(shop.as("lose-1", "ship", "action"));
        var request = CreateShipmentRequest.newBuilder()
                .setOrder("1")
                .setFault(Fault.newBuilder().setLoseAnswers(1))
                .build();
        assertThatThrownBy(() -> stub.create(request)).hasMessageContaining("the response is lost");
        assertThat(stub.create(request).getTracking())
                .isEqualTo(stub.create(request).getTracking())
                .isNotEmpty();
        assertThat(ledger(ShopService.SHIPPING, "lose-1")).isOne();
        assertThat(shop.number(ShopService.SHIPPING, "select count(*) from shipment where gid = 'lose-1'"))
                .isOne();
    }

    @Test
    void a_call_that_hangs_ends_by_its_deadline() {
        var stub = ShippingServiceGrpc.newBlockingStub(shop.as("hang-1", "ship", "action"))
                .withDeadlineAfter(200, TimeUnit.MILLISECONDS);
        assertThatThrownBy(() -> stub.create(CreateShipmentRequest.newBuilder()
                        .setOrder("1")
                        .setFault(Fault.newBuilder().setHang(true))
                        .build()))
                .satisfies(late ->
                        assertThat(Status.fromThrowable(late).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    }

    @Test
    void a_faulty_participant_returns_ok_and_changes_nothing() throws Exception {
        long before = paid("alice");
        try (DemoParticipant faulty = shop.startLiar()) {
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", faulty.port())
                    .usePlaintext()
                    .build();
            var answer = PaymentServiceGrpc.newBlockingStub(ShopFixture.as(channel, "lie-1", "pay", "action"))
                    .charge(ChargeRequest.newBuilder()
                            .setAccount("alice")
                            .setCents(100)
                            .build());
            channel.shutdownNow();
            assertThat(answer.getPaymentId()).isNotEmpty();
        }
        assertThat(paid("alice")).isEqualTo(before);
        assertThat(ledger(ShopService.PAYMENT, "lie-1")).isZero();
    }

    private static void freeze(String gid, String account, long cents) {
        AccountServiceGrpc.newBlockingStub(shop.as(gid, "debit", "try"))
                .tryFreeze(FreezeRequest.newBuilder()
                        .setAccount(account)
                        .setCents(cents)
                        .build());
    }

    private static long balance(String account) throws Exception {
        return shop.number(ShopService.ACCOUNT, "select balance from account where id = '" + account + "'");
    }

    private static long frozen(String account) throws Exception {
        return shop.number(ShopService.ACCOUNT, "select frozen from account where id = '" + account + "'");
    }

    private static long paid(String account) throws Exception {
        return shop.number(ShopService.PAYMENT, "select cents from account where id = '" + account + "'");
    }

    private static long reserved(String sku) throws Exception {
        return shop.number(ShopService.STOCK, "select reserved from stock where sku = '" + sku + "'");
    }

    private static long ledger(ShopService service, String gid) throws Exception {
        return shop.number(service, "select count(*) from ledger where gid = '" + gid + "'");
    }
}
