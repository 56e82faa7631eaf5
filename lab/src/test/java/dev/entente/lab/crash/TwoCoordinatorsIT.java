package dev.entente.lab.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.client.ApprovalStep;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import dev.entente.demo.ShopService;
import dev.entente.lab.judge.Books;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.LedgerJudge;
import dev.entente.lab.judge.ParticipantEffect;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Transfer;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Pattern;
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
import java.util.Set;
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

/** Two coordinators on one database. Whatever one of them runs is asked of the other. */
final class TwoCoordinatorsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Map<String, String> SHORT_LEASE = Map.of("lease", "3s");

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
        first = playground.startCoordinator("first", 0, 0, shop.targets(), SHORT_LEASE);
        RigCoordinator second = playground.startCoordinator("second", 0, 0, shop.targets(), SHORT_LEASE);
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
    void a_saga_is_seen_watched_joined_and_awaited_at_the_other_coordinator() throws Exception {
        Saga saga = slowPurchase("two-seen", 1500).saga(atFirst);
        saga.submit();
        Transaction seen = atSecond.transactions().get("two-seen");
        assertThat(seen.getState()).isEqualTo(Transaction.State.RUNNING);
        assertThat(seen.getCoordinator()).isEqualTo("first");
        Iterator<Transaction> changes = stub(secondChannel)
                .watchTransaction(
                        WatchTransactionRequest.newBuilder().setGid("two-seen").build());
        assertThat(atSecond.transactions().await("two-seen", PATIENCE)).isInstanceOf(Outcome.Succeeded.class);
        List<Transaction> watched = new ArrayList<>();
        changes.forEachRemaining(watched::add);
        assertThat(watched.getFirst().getTerminal()).isFalse();
        assertThat(watched.getLast().getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertSaga("two-seen", Claim.End.SUCCEEDED);
    }

    @Test
    void the_same_plan_submitted_at_both_is_one_transaction() throws Exception {
        Purchase purchase = slowPurchase("two-same", 500);
        purchase.saga(atFirst).submit();
        assertThat(purchase.saga(atSecond).submit().alreadyKnown()).isTrue();
        assertThat(purchase.saga(atSecond).submitAndWait(PATIENCE)).isInstanceOf(Outcome.Succeeded.class);
        assertSaga("two-same", Claim.End.SUCCEEDED);
    }

    @Test
    void an_abort_reaches_the_coordinator_that_runs_the_saga() throws Exception {
        slowPurchase("two-abort", 1500).saga(atFirst).submit();
        Outcome outcome = atSecond.transactions().abort("two-abort", "changed my mind", PATIENCE);
        assertThat(outcome).isInstanceOf(Outcome.Aborted.class);
        assertSaga("two-abort", Claim.End.ABORTED);
    }

    @Test
    void an_operator_parks_and_resumes_at_the_coordinator_that_does_not_run_the_saga() throws Exception {
        slowPurchase("two-park", 1500).saga(atFirst).submit();
        var operator = OperatorServiceGrpc.newBlockingStub(secondChannel);
        operator.parkTransaction(OperateRequest.newBuilder()
                .setGid("two-park")
                .setReason("to look at it")
                .build());
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> atFirst.transactions().get("two-park").hasParked());
        operator.resumeTransaction(OperateRequest.newBuilder()
                .setGid("two-park")
                .setReason("looked at it")
                .build());
        assertThat(atFirst.transactions().await("two-park", PATIENCE)).isInstanceOf(Outcome.Succeeded.class);
        assertSaga("two-park", Claim.End.SUCCEEDED);
    }

    @Test
    void an_approval_is_answered_at_the_coordinator_that_does_not_run_the_saga() throws Exception {
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
                                                .setFault(Fault.newBuilder().setDelayMs(1500))
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
        saga.submit();
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> atSecond.transactions()
                                .get("two-approval")
                                .getBranches(0)
                                .getState()
                        == BranchStatus.State.AWAITING_APPROVAL);
        assertThat(atSecond.transactions().get("two-approval").getCoordinator()).isEqualTo("first");

        atSecond.transactions().approve("two-approval", "manager", "looks good");

        assertThat(atSecond.transactions().await("two-approval", PATIENCE)).isInstanceOf(Outcome.Succeeded.class);
        assertThat(new Books(playground.database()).effects("two-approval"))
                .extracting(ParticipantEffect::method)
                .containsExactlyInAnyOrder("StockService/Reserve", "PaymentService/Charge");
    }

    @Test
    void an_interactive_transaction_is_begun_here_registered_there_and_committed_here() throws Exception {
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
        assertThat(atSecond.transactions().await("two-tcc", PATIENCE)).isInstanceOf(Outcome.Succeeded.class);
        List<ParticipantEffect> effects = new Books(playground.database()).effects("two-tcc");
        assertThat(LedgerJudge.of(
                                List.of(new Claim("two-tcc", Pattern.TCC, Transfer.BRANCHES, Claim.End.SUCCEEDED)),
                                effects)
                        .findings())
                .isEmpty();
    }

    @Test
    void what_a_killed_coordinator_ran_is_finished_by_the_other() throws Exception {
        for (int i = 0; i < 20; i++) {
            slowPurchase("two-orphan-" + i, 1000).saga(atFirst).submit();
        }
        first.kill();
        for (int i = 0; i < 20; i++) {
            assertThat(atSecond.transactions().await("two-orphan-" + i, PATIENCE))
                    .isInstanceOf(Outcome.Succeeded.class);
            assertSaga("two-orphan-" + i, Claim.End.SUCCEEDED);
        }
        assertThat(atSecond.transactions().describe("two-orphan-0").getHistoryList())
                .anyMatch(event -> event.getKind().equals("ADOPTED"));
        first.start(Map.of());
    }

    private static Purchase slowPurchase(String gid, int delayMs) {
        return new Purchase(
                gid,
                "alice",
                "A-1",
                1,
                100,
                Map.of("charge", Fault.newBuilder().setDelayMs(delayMs).build()));
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

    private static void assertSaga(String gid, Claim.End end) throws Exception {
        List<ParticipantEffect> effects = new Books(playground.database())
                .effects(gid).stream()
                        .filter(effect -> effect.gid().equals(gid))
                        .toList();
        assertThat(LedgerJudge.of(List.of(new Claim(gid, Pattern.SAGA, Set.copyOf(Purchase.STEPS), end)), effects)
                        .findings())
                .isEmpty();
    }
}
