package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Durations;
import dev.entente.backends.PatientAwaits;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Approval;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import dev.entente.v1.View;
import dev.entente.v1.WatchTransactionRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real server with tokens: who submits sees and moves what it submitted itself, and nothing else. */
class OwnTransactionsTest {
    @TempDir
    static Path folder;

    private static Principals principals;
    private static ExampleParticipant participant;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() throws IOException {
        principals = new Principals(
                folder,
                "shop submitter",
                "bank submitter",
                "desk submitter,viewer",
                "ops submitter,operator",
                "boss operator");
        participant = ExampleParticipant.start();
        server = LocalCoordinator.start(
                "auth.tokenFile", principals.file.toString(), "participants.any.target", participant.target());
    }

    @AfterAll
    static void stop() {
        server.close();
        participant.close();
    }

    private static TransactionServiceBlockingStub as(String principal) {
        return TransactionServiceGrpc.newBlockingStub(server.as(principals.secret(principal)));
    }

    private static Operation call(String method) {
        return Operation.newBuilder()
                .setGrpc("any/example.v1.Example/" + method)
                .build();
    }

    private static SubmitTransactionRequest saga(String gid) {
        return SubmitTransactionRequest.newBuilder()
                .setPlan(Plan.newBuilder()
                        .setGid(gid)
                        .setName("own")
                        .setSaga(Saga.newBuilder()
                                .addSteps(SagaStep.newBuilder()
                                        .setId("only")
                                        .setAction(call("Do"))
                                        .setNoUndo(true))))
                .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                .build();
    }

    private static SubmitTransactionRequest otherSaga(String gid) {
        SubmitTransactionRequest.Builder other = saga(gid).toBuilder();
        other.getPlanBuilder().setName("other");
        return other.build();
    }

    private static void begin(String principal, String gid) {
        var _ = as(principal)
                .beginTransaction(BeginTransactionRequest.newBuilder()
                        .setPlan(Plan.newBuilder().setGid(gid).setName("own").setTcc(Tcc.getDefaultInstance()))
                        .build());
    }

    private static RegisterBranchRequest branch(String gid, String parent, String id) {
        return branch(gid, parent, id, "");
    }

    private static RegisterBranchRequest branch(String gid, String parent, String id, String token) {
        return RegisterBranchRequest.newBuilder()
                .setGid(gid)
                .setJoinToken(token)
                .setTcc(TccBranch.newBuilder()
                        .setId(id)
                        .setParent(parent)
                        .setConfirm(call("Confirm"))
                        .setCancel(call("Cancel")))
                .build();
    }

    private static Transaction get(String principal, String gid) {
        return as(principal)
                .getTransaction(GetTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setView(View.FULL)
                        .build());
    }

    private static void watch(String principal, String gid) {
        as(principal)
                .watchTransaction(
                        WatchTransactionRequest.newBuilder().setGid(gid).build())
                .next();
    }

    /** In the very words that an unknown gid is answered with. */
    private static void assertUnknown(String gid, ThrowingCallable call) {
        assertThatThrownBy(call)
                .hasMessage("NOT_FOUND: ENT-030: there is no transaction '" + gid
                        + "': never accepted here, or removed by retention");
    }

    @Test
    void a_finished_transaction_is_its_submitters_and_seen_by_viewers_and_operators() {
        var _ = as("shop").submitTransaction(saga("ended"));
        for (String principal : List.of("shop", "desk", "ops")) {
            assertThat(get(principal, "ended").getState()).isEqualTo(Transaction.State.SUCCEEDED);
            watch(principal, "ended");
        }
        assertUnknown("ended", () -> get("bank", "ended"));
        assertUnknown("ended", () -> watch("bank", "ended"));
        assertUnknown("nowhere", () -> get("bank", "nowhere"));
        assertThat(get("ops", "ended").getHistory(0).getActor()).isEqualTo("shop");
    }

    @Test
    void the_same_content_again_joins_for_its_submitter_alone() {
        var _ = as("shop").submitTransaction(saga("again"));
        assertThat(as("shop").submitTransaction(saga("again")).getAlreadyKnown())
                .isTrue();
        for (SubmitTransactionRequest anything : List.of(saga("again"), otherSaga("again"))) {
            assertThatThrownBy(() -> as("bank").submitTransaction(anything))
                    .hasMessage(
                            "ALREADY_EXISTS: ENT-031: 'again' stands already with other content; use another gid, or"
                                    + " send the same content");
        }
    }

    @Test
    void a_begun_transaction_is_moved_by_its_submitter_or_an_operator_alone() {
        begin("shop", "begun");
        CommitTransactionRequest commit =
                CommitTransactionRequest.newBuilder().setGid("begun").build();
        AbortTransactionRequest abort =
                AbortTransactionRequest.newBuilder().setGid("begun").build();
        for (String stranger : List.of("bank", "desk")) {
            assertUnknown("begun", () -> as(stranger).registerBranch(branch("begun", "", "debit")));
            assertUnknown("begun", () -> as(stranger).commitTransaction(commit));
            assertUnknown("begun", () -> as(stranger).abortTransaction(abort));
        }
        assertUnknown("begun", () -> get("bank", "begun"));
        assertThat(get("desk", "begun").getState()).isEqualTo(Transaction.State.BEGUN);
        var _ = as("shop").registerBranch(branch("begun", "", "debit"));
        assertThat(as("ops").abortTransaction(abort).getAbortReason())
                .isNotEqualTo(Transaction.AbortReason.ABORT_REASON_UNSPECIFIED);
    }

    @Test
    void two_roles_give_no_right_that_neither_of_them_has() {
        begin("shop", "others");
        CommitTransactionRequest commit =
                CommitTransactionRequest.newBuilder().setGid("others").build();
        assertUnknown("others", () -> as("ops").registerBranch(branch("others", "", "debit")));
        assertUnknown("others", () -> as("ops").commitTransaction(commit));
        assertThat(get("ops", "others").getState()).isEqualTo(Transaction.State.BEGUN);
    }

    @Test
    void whoever_has_two_roles_aborts_its_own_as_a_submitter_and_others_as_an_operator() {
        begin("shop", "for-audit");
        begin("ops", "own-of-ops");
        assertThat(abort("ops", "for-audit").getAbortReason()).isEqualTo(Transaction.AbortReason.OPERATOR);
        assertThat(abort("ops", "own-of-ops").getAbortReason()).isEqualTo(Transaction.AbortReason.CLIENT_ABORT);

        assertThat(audited("for-audit")).containsExactly("ops abort enough");
        assertThat(audited("own-of-ops")).isEmpty();
    }

    private static Transaction abort(String principal, String gid) {
        return as(principal)
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setReason("enough")
                        .build());
    }

    private static List<String> audited(String gid) {
        return OperatorServiceGrpc.newBlockingStub(server.as(principals.secret("boss")))
                .listAuditEntries(
                        ListAuditEntriesRequest.newBuilder().setGid(gid).build())
                .getEntriesList()
                .stream()
                .map(entry -> entry.getActor() + " " + entry.getAct() + " " + entry.getReason())
                .toList();
    }

    @Test
    void a_child_is_registered_by_the_service_that_its_parent_calls() {
        begin("shop", "nested");
        String trip = as("shop").registerBranch(branch("nested", "", "trip")).getJoinToken();
        String hotel = as("bank")
                .registerBranch(branch("nested", "trip", "hotel", trip))
                .getJoinToken();
        assertThat(as("bank")
                        .registerBranch(branch("nested", "trip/hotel", "room", hotel))
                        .getBranch())
                .isEqualTo("trip/hotel/room");
        assertThat(as("bank")
                        .registerBranch(branch("nested", "trip/hotel", "meal", trip))
                        .getBranch())
                .as("whoever was called for the trip may register what lies deeper")
                .isEqualTo("trip/hotel/meal");
        assertThat(as("shop").registerBranch(branch("nested", "trip", "flight")).getBranch())
                .as("the owner needs no token")
                .isEqualTo("trip/flight");
        assertThat(as("shop")
                        .abortTransaction(AbortTransactionRequest.newBuilder()
                                .setGid("nested")
                                .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                                .build())
                        .getState())
                .isEqualTo(Transaction.State.ABORTED);
        assertThat(get("shop", "nested").getPlan().getTcc().getBranchesList())
                .as("its row tells of them, and that the client tried them by itself")
                .hasSize(5)
                .noneMatch(TccBranch::hasTry);
    }

    @Test
    void nobody_approves_what_it_submitted_itself() {
        var _ = as("ops").submitTransaction(asking("big", Approval.Expiry.REJECT));
        DecideApprovalRequest yes = DecideApprovalRequest.newBuilder()
                .setGid("big")
                .setBranch("manager")
                .setApproved(true)
                .build();
        assertThatThrownBy(() -> as("ops").decideApproval(yes)).hasMessageContaining("ENT-061");
        assertThat(as("boss").decideApproval(yes).getGid()).isEqualTo("big");

        assertThatThrownBy(() -> as("ops").submitTransaction(asking("alone", Approval.Expiry.REJECT, "ops")))
                .hasMessageContaining("ENT-061")
                .hasMessageContaining("somebody else");
        assertThatThrownBy(() -> as("shop").submitTransaction(asking("hasty", Approval.Expiry.APPROVE)))
                .hasMessageContaining("ENT-061")
                .hasMessageContaining("approvals.approveOnExpiry");
    }

    private static SubmitTransactionRequest asking(String gid, Approval.Expiry onExpiry, String... approvers) {
        return SubmitTransactionRequest.newBuilder()
                .setPlan(Plan.newBuilder()
                        .setGid(gid)
                        .setName("own")
                        .setSaga(Saga.newBuilder()
                                .addSteps(SagaStep.newBuilder()
                                        .setId("manager")
                                        .setApproval(Approval.newBuilder()
                                                .setWithin(Durations.fromHours(1))
                                                .setOnExpiry(onExpiry)
                                                .addAllApprovers(List.of(approvers))))))
                .build();
    }

    @Test
    void a_stranger_without_the_calls_token_registers_nothing_and_learns_nothing() {
        begin("shop", "guarded");
        begin("bank", "its-own");
        String trip = as("shop").registerBranch(branch("guarded", "", "trip")).getJoinToken();
        String car = as("shop").registerBranch(branch("guarded", "", "car")).getJoinToken();
        String elsewhere =
                as("bank").registerBranch(branch("its-own", "", "trip")).getJoinToken();
        String altered = trip.substring(0, trip.length() - 2) + (trip.charAt(trip.length() - 2) == 'A' ? "BA" : "AA");
        for (String token : List.of("", "nonsense", car, elsewhere, altered, trip + "A", trip.replace("1.", "2."))) {
            for (String principal : List.of("bank", "desk")) {
                assertUnknown("guarded", () -> as(principal).registerBranch(branch("guarded", "trip", "hotel", token)));
                assertUnknown("absent", () -> as(principal).registerBranch(branch("absent", "trip", "hotel", token)));
            }
        }
        assertThat(get("shop", "guarded").getBranchesList())
                .extracting(BranchStatus::getId)
                .containsExactlyInAnyOrder("trip", "car");
    }
}
