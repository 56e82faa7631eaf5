package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Durations;
import dev.entente.backends.PatientAwaits;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Approval;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Permissions of submitters on a real server with tokens: a submitter reads and changes its own transactions only. */
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

    private static Client as(String principal) {
        return principals.at(server, principal);
    }

    private static Operation call(String method) {
        return SamplePlans.call("any/example.v1.Example/" + method);
    }

    private static Plan saga(String gid) {
        return SamplePlans.oneStep(gid, call("Do"));
    }

    private static void begin(String principal, String gid) {
        as(principal).begin(SamplePlans.emptyTcc(gid));
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

    private static RegisterBranchResponse register(
            String principal, String gid, String parent, String id, String token) {
        return as(principal).transactions().registerBranch(branch(gid, parent, id, token));
    }

    /** Verifies the error of an unknown gid, to the letter. */
    private static void assertUnknown(String gid, ThrowingCallable call) {
        assertThatThrownBy(call)
                .hasMessage("NOT_FOUND: ENT-030: there is no transaction '" + gid
                        + "': never accepted here, or removed by retention");
    }

    @Test
    void a_finished_transaction_is_visible_to_its_submitter_viewers_and_operators() {
        as("shop").run(saga("ended"));
        for (String principal : List.of("shop", "desk", "ops")) {
            assertThat(as(principal).get("ended").getState()).isEqualTo(Transaction.State.SUCCEEDED);
            as(principal).watch("ended").next();
        }
        assertUnknown("ended", () -> as("bank").get("ended"));
        assertUnknown("ended", () -> as("bank").watch("ended").next());
        assertUnknown("nowhere", () -> as("bank").get("nowhere"));
        assertThat(as("ops").described("ended").getHistory(0).getActor()).isEqualTo("shop");
    }

    @Test
    void a_repeated_submit_joins_only_for_the_first_submitter() {
        as("shop").run(saga("again"));
        assertThat(as("shop")
                        .transactions()
                        .submitTransaction(SamplePlans.request(saga("again")))
                        .getAlreadyKnown())
                .isTrue();
        for (Plan anything : List.of(
                saga("again"), saga("again").toBuilder().setName("other").build())) {
            assertThatThrownBy(() -> as("bank").submit(anything))
                    .hasMessage(
                            "ALREADY_EXISTS: ENT-031: 'again' already exists with other content; use another gid, or"
                                    + " send the same content");
        }
    }

    @Test
    void only_the_submitter_or_an_operator_changes_a_begun_transaction() {
        begin("shop", "begun");
        for (String stranger : List.of("bank", "desk")) {
            assertUnknown("begun", () -> register(stranger, "begun", "", "debit", ""));
            assertUnknown("begun", () -> as(stranger).commit("begun"));
            assertUnknown("begun", () -> as(stranger).abort("begun"));
        }
        assertUnknown("begun", () -> as("bank").get("begun"));
        assertThat(as("desk").described("begun").getState()).isEqualTo(Transaction.State.BEGUN);
        register("shop", "begun", "", "debit", "");
        assertThat(as("ops").abort("begun").getAbortReason())
                .isNotEqualTo(Transaction.AbortReason.ABORT_REASON_UNSPECIFIED);
    }

    @Test
    void two_roles_give_no_permission_that_neither_role_has() {
        begin("shop", "others");
        assertUnknown("others", () -> register("ops", "others", "", "debit", ""));
        assertUnknown("others", () -> as("ops").commit("others"));
        assertThat(as("ops").described("others").getState()).isEqualTo(Transaction.State.BEGUN);
    }

    @Test
    void a_submitter_with_the_operator_role_aborts_anothers_transaction_as_operator() {
        begin("shop", "for-audit");
        begin("ops", "own-of-ops");
        assertThat(abort("ops", "for-audit").getAbortReason()).isEqualTo(Transaction.AbortReason.OPERATOR);
        assertThat(abort("ops", "own-of-ops").getAbortReason()).isEqualTo(Transaction.AbortReason.CLIENT_ABORT);

        begin("ops", "own-by-operator");
        AbortTransactionRequest byOperator = AbortTransactionRequest.newBuilder()
                .setGid("own-by-operator")
                .setReason("enough")
                .setByOperator(true)
                .build();
        assertThat(as("ops").transactions().abortTransaction(byOperator).getAbortReason())
                .isEqualTo(Transaction.AbortReason.OPERATOR);
        assertThat(audited("own-by-operator")).containsExactly("ops abort enough");
        begin("shop", "own-of-shop");
        assertThat(as("shop")
                        .transactions()
                        .abortTransaction(
                                byOperator.toBuilder().setGid("own-of-shop").build())
                        .getAbortReason())
                .as("a submitter is no operator, whatever its request says")
                .isEqualTo(Transaction.AbortReason.CLIENT_ABORT);

        assertThat(audited("for-audit")).containsExactly("ops abort enough");
        assertThat(audited("own-of-ops")).isEmpty();
    }

    private static Transaction abort(String principal, String gid) {
        return as(principal)
                .transactions()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setReason("enough")
                        .build());
    }

    private static List<String> audited(String gid) {
        return as("boss").audit(gid).stream()
                .map(entry -> entry.getActor() + " " + entry.getOperation() + " " + entry.getReason())
                .toList();
    }

    @Test
    void a_called_service_registers_children_with_its_join_token() {
        begin("shop", "nested");
        String trip = register("shop", "nested", "", "trip", "").getJoinToken();
        String hotel = register("bank", "nested", "trip", "hotel", trip).getJoinToken();
        assertThat(register("bank", "nested", "trip/hotel", "room", hotel).getBranch())
                .isEqualTo("trip/hotel/room");
        assertThat(register("bank", "nested", "trip/hotel", "meal", trip).getBranch())
                .as("the participant of the trip may register deeper branches")
                .isEqualTo("trip/hotel/meal");
        assertThat(register("shop", "nested", "trip", "flight", "").getBranch())
                .as("the owner needs no token")
                .isEqualTo("trip/flight");
        assertThat(as("shop")
                        .transactions()
                        .abortTransaction(AbortTransactionRequest.newBuilder()
                                .setGid("nested")
                                .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                                .build())
                        .getState())
                .isEqualTo(Transaction.State.ABORTED);
        assertThat(as("shop").described("nested").getPlan().getTcc().getBranchesList())
                .as("its row contains them, and that the client tried them by itself")
                .hasSize(5)
                .noneMatch(TccBranch::hasTry);
    }

    @Test
    void a_submitter_cannot_approve_its_own_transaction() {
        as("ops").submit(asking("big", Approval.Expiry.REJECT));
        assertThatThrownBy(() -> as("ops").approve("big", "manager")).hasMessageContaining("ENT-061");
        assertThat(as("boss").approve("big", "manager").getGid()).isEqualTo("big");
        assertThatThrownBy(() -> as("ops").submit(asking("alone", Approval.Expiry.REJECT, "ops")))
                .hasMessageContaining("ENT-061")
                .hasMessageContaining("another person must approve it");
        assertThatThrownBy(() -> as("shop").submit(asking("hasty", Approval.Expiry.APPROVE)))
                .hasMessageContaining("ENT-061")
                .hasMessageContaining("approvals.approveOnExpiry");
    }

    private static Plan asking(String gid, Approval.Expiry onExpiry, String... approvers) {
        Plan.Builder asking = SamplePlans.asking(gid).toBuilder();
        asking.getSagaBuilder()
                .getStepsBuilder(0)
                .getApprovalBuilder()
                .setOnExpiry(onExpiry)
                .addAllApprovers(List.of(approvers));
        return asking.build();
    }

    @Test
    void a_stranger_without_the_join_token_gets_the_error_of_an_unknown_gid() {
        begin("shop", "guarded");
        begin("bank", "its-own");
        String trip = register("shop", "guarded", "", "trip", "").getJoinToken();
        String car = register("shop", "guarded", "", "car", "").getJoinToken();
        String elsewhere = register("bank", "its-own", "", "trip", "").getJoinToken();
        String altered = trip.substring(0, trip.length() - 2) + (trip.charAt(trip.length() - 2) == 'A' ? "BA" : "AA");
        for (String token : List.of("", "nonsense", car, elsewhere, altered, trip + "A", trip.replace("1.", "2."))) {
            for (String principal : List.of("bank", "desk")) {
                assertUnknown("guarded", () -> register(principal, "guarded", "trip", "hotel", token));
                assertUnknown("absent", () -> register(principal, "absent", "trip", "hotel", token));
            }
        }
        assertThat(as("shop").described("guarded").getBranchesList())
                .extracting(BranchStatus::getId)
                .containsExactlyInAnyOrder("trip", "car");
    }
}
