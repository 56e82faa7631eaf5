package dev.entente.stories.coordinators;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.ApprovalStep;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import dev.entente.demo.ShopService;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.judge.ParticipantEffect;
import dev.entente.stories.plans.HeldCalls;
import dev.entente.stories.plans.Purchase;
import dev.entente.stories.plans.Transfer;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import shop.v1.AccountServiceGrpc;
import shop.v1.ChargeRequest;
import shop.v1.Fault;
import shop.v1.FreezeRequest;
import shop.v1.PaymentServiceGrpc;
import shop.v1.ReserveRequest;
import shop.v1.ReserveResponse;
import shop.v1.StockServiceGrpc;

/**
 * Two coordinators on one database. One coordinator runs a transaction, and the other coordinator receives the requests
 * about the transaction.
 */
final class TwoCoordinatorsIT {
    /** Longer than any pause of this machine, so that no pause causes a takeover. */
    private static final Map<String, String> PATIENT = Map.of("lease", "30s");

    private static final int ORPHANS = 20;

    private static Playground playground;
    private static Shop shop;
    private static RigCoordinator first;
    private static ManagedChannel firstChannel;
    private static ManagedChannel secondChannel;
    private static Entente atFirst;
    private static Entente atSecond;

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        shop = playground.startSmallShop();
        first = playground.startCoordinator("first", 0, 0, shop.targets(), PATIENT);
        RigCoordinator second = playground.startCoordinator("second", 0, 0, shop.targets(), PATIENT);
        firstChannel = NettyChannelBuilder.forTarget(first.ready().grpc())
                .usePlaintext()
                .build();
        secondChannel = NettyChannelBuilder.forTarget(second.ready().grpc())
                .usePlaintext()
                .build();
        atFirst = Entente.builder(firstChannel).build();
        atSecond = Entente.builder(secondChannel).build();
    }

    @AfterAll
    static void stop() {
        atFirst.close();
        atSecond.close();
        firstChannel.shutdownNow();
        secondChannel.shutdownNow();
        playground.close();
    }

    @Test
    void a_saga_is_read_watched_and_awaited_at_the_other_coordinator() throws Exception {
        List<Transaction> watched = new ArrayList<>();
        try (HeldCalls held = HeldCalls.hold()) {
            purchase("two-seen", held).saga(atFirst).submit();
            Transaction seen = atSecond.transactions().get("two-seen");
            assertThat(seen.getState()).isEqualTo(Transaction.State.RUNNING);
            assertThat(seen.getCoordinator()).isEqualTo("first");
            Iterator<Transaction> changes = stub(secondChannel)
                    .watchTransaction(WatchTransactionRequest.newBuilder()
                            .setGid("two-seen")
                            .build());
            watched.add(changes.next());
            held.release();
            assertThat(atSecond.transactions().await("two-seen", PatientAwaits.BOUND))
                    .isInstanceOf(Outcome.Succeeded.class);
            changes.forEachRemaining(watched::add);
        }
        assertThat(watched.getFirst().getTerminal()).isFalse();
        assertThat(watched.getLast().getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertDone("two-seen");
    }

    @Test
    void a_plan_submitted_at_both_coordinators_is_one_transaction() throws Exception {
        try (HeldCalls held = HeldCalls.hold()) {
            Purchase purchase = purchase("two-same", held);
            purchase.saga(atFirst).submit();
            assertThat(purchase.saga(atSecond).submit().alreadyKnown()).isTrue();
            held.release();
            assertThat(purchase.saga(atSecond).submitAndWait(PatientAwaits.BOUND))
                    .isInstanceOf(Outcome.Succeeded.class);
        }
        assertDone("two-same");
    }

    @Test
    void an_abort_reaches_the_coordinator_that_runs_the_saga() throws Exception {
        try (HeldCalls held = HeldCalls.hold()) {
            purchase("two-abort", held).saga(atFirst).submit();
            var _ = atSecond.transactions().abort("two-abort", "changed my mind");
        }
        assertThat(atSecond.transactions().await("two-abort", PatientAwaits.BOUND))
                .isInstanceOf(Outcome.Aborted.class);
        assertCompensated("two-abort");
    }

    @Test
    void an_operator_parks_and_resumes_a_saga_at_the_other_coordinator() throws Exception {
        var operator = OperatorServiceGrpc.newBlockingStub(secondChannel);
        try (HeldCalls held = HeldCalls.hold()) {
            purchase("two-park", held).saga(atFirst).submit();
            operator.parkTransaction(OperateRequest.newBuilder()
                    .setGid("two-park")
                    .setReason("to look at it")
                    .build());
            Awaitility.await()
                    .until(() -> atFirst.transactions().get("two-park").hasParked());
            operator.resumeTransaction(OperateRequest.newBuilder()
                    .setGid("two-park")
                    .setReason("looked at it")
                    .build());
        }
        assertThat(atFirst.transactions().await("two-park", PatientAwaits.BOUND))
                .isInstanceOf(Outcome.Succeeded.class);
        assertDone("two-park");
    }

    @Test
    void an_approval_is_decided_at_the_other_coordinator() throws Exception {
        try (HeldCalls held = HeldCalls.hold()) {
            bigOrder(held).submit();
            Awaitility.await()
                    .until(() -> atSecond.transactions()
                                    .get("two-approval")
                                    .getBranches(0)
                                    .getState()
                            == BranchStatus.State.AWAITING_APPROVAL);
            assertThat(atSecond.transactions().get("two-approval").getCoordinator())
                    .isEqualTo("first");
            atSecond.transactions().approve("two-approval", "manager", "looks good");
        }
        assertThat(atSecond.transactions().await("two-approval", PatientAwaits.BOUND))
                .isInstanceOf(Outcome.Succeeded.class);
        assertThat(new Databases(playground.database()).effects("two-approval"))
                .extracting(ParticipantEffect::method)
                .containsExactlyInAnyOrder("StockService/Reserve", "PaymentService/Charge");
    }

    private static Saga bigOrder(HeldCalls held) {
        Saga saga = atFirst.saga("big-order").gid("two-approval");
        ApprovalStep manager =
                saga.approval("manager").prompt("may it?").within(Duration.ofHours(1), ApprovalStep.Expiry.REJECT);
        Step<ReserveResponse> reserve = saga.step(
                        "reserve",
                        atFirst.participant("stock")
                                .call(
                                        StockServiceGrpc.getReserveMethod(),
                                        ReserveRequest.newBuilder()
                                                .setSku("A-1")
                                                .setQuantity(1)
                                                .setFault(held.fault())
                                                .build()))
                .nothingToUndo();
        saga.step(
                        "charge",
                        atFirst.participant("payment")
                                .call(
                                        PaymentServiceGrpc.getChargeMethod(),
                                        ChargeRequest.newBuilder()
                                                .setAccount("alice")
                                                .setCents(100)
                                                .build()))
                .nothingToUndo()
                .after(manager, reserve);
        return saga;
    }

    @Test
    void an_interactive_transaction_registers_branches_at_the_other_coordinator() throws Exception {
        Plan declared = new Transfer("two-tcc", "alice", "bob", 100, Fault.getDefaultInstance())
                .declared(atFirst)
                .toProto();
        stub(firstChannel)
                .beginTransaction(BeginTransactionRequest.newBuilder()
                        .setPlan(declared.toBuilder()
                                .setTcc(declared.getTcc().toBuilder().clearBranches()))
                        .build());
        CommitTransactionRequest.Builder commit =
                CommitTransactionRequest.newBuilder().setGid("two-tcc");
        for (TccBranch branch : declared.getTcc().getBranchesList()) {
            stub(secondChannel)
                    .registerBranch(RegisterBranchRequest.newBuilder()
                            .setGid("two-tcc")
                            .setTcc(branch)
                            .build());
            FreezeRequest freeze = FreezeRequest.parseFrom(branch.getTry().getRaw());
            commit.addBranches(branch.getId())
                    .putBranchResponses(branch.getId(), tryFreeze("two-tcc", branch.getId(), freeze));
        }
        stub(firstChannel).commitTransaction(commit.build());
        assertThat(atSecond.transactions().await("two-tcc", PatientAwaits.BOUND))
                .isInstanceOf(Outcome.Succeeded.class);
        assertThat(new Databases(playground.database()).methods("two-tcc"))
                .containsExactlyInAnyOrderElementsOf(Transfer.CONFIRMED);
    }

    @Test
    void transactions_of_a_killed_coordinator_are_finished_by_the_other() throws Exception {
        try (HeldCalls held = HeldCalls.hold()) {
            for (int i = 0; i < ORPHANS; i++) {
                purchase("two-orphan-" + i, held).saga(atFirst).submit();
            }
            first.kill();
            first.declareDead();
        }
        for (int i = 0; i < ORPHANS; i++) {
            assertThat(atSecond.transactions().await("two-orphan-" + i, PatientAwaits.BOUND))
                    .isInstanceOf(Outcome.Succeeded.class);
            assertDone("two-orphan-" + i);
            assertThat(atSecond.transactions().describe("two-orphan-" + i).getHistoryList())
                    .anyMatch(event -> event.getKind().equals("ADOPTED"));
        }
        first.start(Map.of());
    }

    private static Purchase purchase(String gid, HeldCalls charge) {
        return new Purchase(gid, "alice", "A-1", 1, 100, Map.of("charge", charge.fault()));
    }

    private static TransactionServiceBlockingStub stub(ManagedChannel channel) {
        return TransactionServiceGrpc.newBlockingStub(channel);
    }

    private static ByteString tryFreeze(String gid, String branch, FreezeRequest freeze) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("entente-gid", Metadata.ASCII_STRING_MARSHALLER), gid);
        metadata.put(Metadata.Key.of("entente-branch", Metadata.ASCII_STRING_MARSHALLER), branch);
        metadata.put(Metadata.Key.of("entente-op", Metadata.ASCII_STRING_MARSHALLER), "try");
        ManagedChannel bank = NettyChannelBuilder.forTarget(shop.target(ShopService.ACCOUNT))
                .usePlaintext()
                .build();
        try {
            return AccountServiceGrpc.newBlockingStub(bank)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                    .tryFreeze(freeze)
                    .toByteString();
        } finally {
            bank.shutdownNow();
        }
    }

    /** Verifies that each step took effect once and no step was compensated. */
    private static void assertDone(String gid) throws Exception {
        assertThat(new Databases(playground.database()).methods(gid))
                .containsExactlyInAnyOrderElementsOf(Purchase.METHODS);
    }

    /**
     * Verifies that each step that took effect was compensated once. The number of steps before the abort is unknown.
     */
    private static void assertCompensated(String gid) throws Exception {
        List<String> methods = new Databases(playground.database()).methods(gid);
        assertThat(methods).isSubsetOf(Purchase.REFUNDED).doesNotHaveDuplicates();
        Map.of(
                        "OrderService/Create", "OrderService/Cancel",
                        "StockService/Reserve", "StockService/Release",
                        "PaymentService/Charge", "PaymentService/Refund")
                .forEach((done, compensation) ->
                        assertThat(methods.contains(done)).as(done).isEqualTo(methods.contains(compensation)));
    }
}
