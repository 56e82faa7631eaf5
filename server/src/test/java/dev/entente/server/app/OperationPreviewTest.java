package dev.entente.server.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import dev.entente.server.console.OperationForm;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.Plan;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.Transaction;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Previews of operations at two real coordinators, and the effects of the operations. */
class OperationPreviewTest {
    private static final List<String> SITUATIONS =
            List.of("parked", "hanging", "scheduled", "asking", "begun", "ended", "undoing", "parked by an operator");
    private static final List<String> OPERATIONS = List.of(
            "retry",
            "park",
            "resume",
            "skip",
            "abort",
            "approve",
            "reject",
            "done",
            "undone",
            "never-happened",
            "force-finish");

    private static final int TRANSACTIONS = 256;
    private static final int OPERATIONS_EACH = 4;

    @TempDir
    static Path folder;

    private static Principals principals;
    private static TwoCoordinators both;

    @BeforeAll
    static void start() throws IOException {
        principals = new Principals(folder, "shop submitter", "looker viewer", "alice operator");
        both = new TwoCoordinators(principals, principals);
    }

    @AfterAll
    static void stop() {
        both.close();
    }

    private static Client shop() {
        return principals.at(both.first, "shop");
    }

    private static Client alice() {
        return principals.at(both.second, "alice");
    }

    /** Brings a new transaction into a situation, and returns its gid. */
    private static String bring(String situation, String act) {
        String gid = situation.replace(' ', '-') + "-" + act;
        switch (situation) {
            case "parked" -> submitted(SamplePlans.calling(gid, "Nothing"));
            case "hanging" -> submitted(hanging(gid));
            case "scheduled" -> submitted(SamplePlans.scheduled(gid));
            case "asking" -> submitted(SamplePlans.asking(gid));
            case "begun" -> shop().begin(SamplePlans.emptyTcc(gid));
            case "ended" -> shop().run(SamplePlans.saga(gid));
            case "undoing" -> submitted(undoing(gid));
            default -> {
                submitted(SamplePlans.scheduled(gid));
                principals.at(both.first, "alice").park(gid);
            }
        }
        if (situation.equals("parked") || situation.equals("undoing")) {
            await().until(() -> shop().get(gid).hasParked());
        } else if (situation.equals("asking")) {
            await().until(() -> shop().get(gid).getBranches(0).hasNextAttemptTime());
        }
        return gid;
    }

    private static void submitted(Plan plan) {
        shop().submit(plan);
    }

    /** Returns a plan with a call that stays in flight for the duration of the test. */
    private static Plan hanging(String gid) {
        Plan.Builder plan = SamplePlans.calling(gid, "Hang").toBuilder();
        plan.getSagaBuilder()
                .getStepsBuilder(0)
                .getActionBuilder()
                .setPolicy(CallPolicy.newBuilder().setTimeout(Durations.fromMinutes(5)));
        return plan.build();
    }

    /** Returns a saga with an undo of the first step that the participant does not implement. */
    private static Plan undoing(String gid) {
        Plan.Builder plan = SamplePlans.saga(gid).toBuilder();
        plan.getSagaBuilder().getStepsBuilder(0).setCompensate(SamplePlans.call("stock/shop.v1.StockService/Nothing"));
        plan.getSagaBuilder()
                .addStepsBuilder()
                .setId("pay")
                .setNoUndo(true)
                .setAction(SamplePlans.call("stock/shop.v1.StockService/Reject"));
        return plan.build();
    }

    private static OperationForm form(String gid, String act) {
        Map<String, String> fields =
                new HashMap<>(Map.of("gid", gid, "operation", act, "reason", "taken back by hand"));
        switch (act) {
            case "approve", "reject" -> fields.put("branch", "manager");
            case "done", "undone", "never-happened" -> {
                String op = gid.startsWith("undoing") ? "compensate" : gid.startsWith("begun") ? "confirm" : "action";
                fields.putAll(Map.of("operation", "resolve", "branch", "reserve", "op", op, "as", act));
            }
            case "force-finish" -> fields.put("as", "ABORTED");
            default -> {}
        }
        return OperationForm.of(fields);
    }

    private static OperationPreview preview(Client client, String gid, String act) {
        return client.operator().previewAct(requireNonNull(form(gid, act).preview(ByteString.EMPTY)));
    }

    private static OperationPreview preview(String gid, String act) {
        return preview(alice(), gid, act);
    }

    private static Transaction act(OperationForm asked) {
        OperatorServiceBlockingStub stub = alice().operator();
        return ClientCalls.blockingUnaryCall(
                stub.getChannel(),
                asked.method(),
                stub.getCallOptions(),
                requireNonNull(asked.request(ByteString.EMPTY)));
    }

    private static String state(Transaction transaction) {
        return transaction.getState()
                + (transaction.hasParked() ? " " + transaction.getParked().getReason() : "");
    }

    @Test
    void a_thousand_random_operations_match_their_previews() {
        Random random = new Random(20261126);
        for (int i = 0; i < TRANSACTIONS; i++) {
            String gid = bring(SITUATIONS.get(i % SITUATIONS.size()), "drawn-" + i);
            for (int k = 0; k < OPERATIONS_EACH; k++) {
                doAsPreviewed(gid, OPERATIONS.get(random.nextInt(OPERATIONS.size())));
            }
        }
    }

    private static void doAsPreviewed(String gid, String act) {
        OperationPreview preview = preview(gid, act);
        OperationForm bound = form(gid, act).at(preview.getRevision(), preview.getFence());
        if (preview.hasRefused()) {
            assertThatThrownBy(() -> act(bound))
                    .as(gid + " " + act + ": " + preview.getSummary())
                    .hasMessageContaining(preview.getRefused().getMessage());
        } else if (preview.getDeferred()) {
            assertThat(preview.getInFlightList())
                    .singleElement()
                    .satisfies(call -> assertThat(call.getOp()).isEqualTo("action"));
        } else {
            Transaction done = act(bound);
            assertThat(state(done)).as(gid + " " + act).isEqualTo(state(preview.getAfter()));
            assertThat(done.getRevision())
                    .isGreaterThanOrEqualTo(preview.getAfter().getRevision());
            if (preview.getInFlightCount() == 0) {
                assertThatCalled(gid, act, preview);
            }
        }
    }

    /** Verifies that the previewed calls are the first to finish. Later calls are not part of the preview. */
    private static void assertThatCalled(String gid, String act, OperationPreview preview) {
        Set<String> previewed = new TreeSet<>();
        preview.getCallsList()
                .forEach(call -> previewed.add(call.getBranch() + " " + call.getOp() + call.getAttempt()));
        await().untilAsserted(() -> {
            Transaction then = principals.at(both.first, "alice").described(gid);
            assertThat(previewed.isEmpty() || then.hasParked() || then.getTerminal())
                    .as("it is at rest")
                    .isTrue();
            assertThat(then.getHistoryList().stream()
                            .filter(event -> event.getRevision() > preview.getRevision())
                            .filter(event -> event.getKind().equals("CALL_FINISHED"))
                            .map(event -> event.getBranch() + " " + event.getOp() + event.getAttempt())
                            .limit(Math.max(1, previewed.size())))
                    .as(gid + " " + act)
                    .hasSameElementsAs(previewed);
        });
    }

    @Test
    void a_preview_writes_nothing() {
        for (String act : OPERATIONS) {
            String gid = bring("undoing", "unwritten-" + act);
            long before = version(gid);
            preview(gid, act);
            assertThat(version(gid)).isEqualTo(before);
        }
    }

    private static long version(String gid) {
        return both.first.number("select coalesce(max(rev), 0) from open_transaction where gid = '" + gid + "'");
    }

    @Test
    void a_preview_names_the_call_to_send_and_the_next_state() {
        OperationPreview preview = preview(bring("undoing", "x"), "retry");

        assertThat(preview.getCallsList()).singleElement().satisfies(call -> {
            assertThat(call.getBranch() + " " + call.getOp() + " " + call.getAttempt())
                    .isEqualTo("reserve compensate 1");
            assertThat(call.getTarget()).isEqualTo("stock/shop.v1.StockService/Nothing");
        });
        assertThat(preview.getBefore().hasParked()).isTrue();
        assertThat(preview.getAfter().hasParked()).isFalse();
        assertThat(preview.getFence()).as("no owner").isZero();
        assertThat(preview.getSummary())
                .isEqualTo("changes from PARKED while undoing to UNDOING; one call is sent at once");
    }

    @Test
    void an_operation_with_another_owners_fence_is_refused() {
        String gid = bring("hanging", "held");
        OperationPreview preview = preview(gid, "park");
        assertThat(preview.getFence()).isPositive();

        assertThatThrownBy(() -> act(form(gid, "park").at(0, preview.getFence() + 1)))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("ENT-044");
        assertThat(shop().get(gid).hasParked()).isFalse();
        assertThat(state(act(form(gid, "park").at(0, preview.getFence())))).isEqualTo("RUNNING BY_OPERATOR");
    }

    @Test
    void an_operation_with_an_owners_fence_is_refused_without_an_owner() {
        for (String situation : List.of("parked", "ended")) {
            String gid = bring(situation, "left");
            assertThatThrownBy(() -> act(form(gid, "force-finish").at(0, 1))).hasMessageContaining("ENT-044");
        }
    }

    @Test
    void previews_show_that_only_a_park_overtakes_a_waiting_operation() {
        String gid = bring("hanging", "queued");
        var _ = CompletableFuture.runAsync(() -> act(form(gid, "abort")));
        await().until(() -> preview(gid, "abort").getBehindAnotherOperation());

        for (String act : List.of("retry", "abort", "force-finish", "done", "resume")) {
            OperationPreview behind = preview(gid, act);
            assertThat(behind.hasRefused()).isFalse();
            assertThat(behind.getDeferred()).isTrue();
            assertThat(behind.getInFlightCount()).isOne();
            assertThat(behind.getCallsCount()).isZero();
            assertThat(behind.getSummary())
                    .startsWith("another operation waits for calls in flight and is checked first; this operation is");
        }
        OperationPreview park = preview(gid, "park");
        assertThat(park.getDeferred()).isFalse();
        assertThat(park.getSummary()).contains("changes from RUNNING to PARKED");
        doAsPreviewed(gid, "park");
        OperationPreview again = preview(gid, "park");
        assertThat(again.getUnchanged()).isTrue();
        assertThat(again.getSummary())
                .startsWith("no change: with or without the operation the transaction stays PARKED");
    }

    @Test
    void the_history_of_a_finished_transaction_contains_the_reason_of_a_resolve() {
        String gid = bring("undoing", "stated");
        act(form(gid, "undone"));

        await().until(() -> shop().get(gid).getTerminal());
        assertThat(shop().described(gid).getHistoryList())
                .filteredOn(event -> event.getKind().equals("RESOLVED"))
                .singleElement()
                .satisfies(event -> assertThat(event.getDetail()).isEqualTo("UNDONE: taken back by hand"));
    }

    @Test
    void only_operators_preview_and_a_preview_is_not_audited() {
        String gid = bring("scheduled", "roles");
        for (String other : List.of("shop", "looker")) {
            assertThatThrownBy(() -> preview(principals.at(both.first, other), gid, "retry"))
                    .hasMessageContaining("ENT-061");
        }
        preview(gid, "abort");
        assertThat(both.first.number(
                        "select count(*) from audit_entry where operation <> 'role' and gid = '" + gid + "'"))
                .isZero();
    }

    @Test
    void a_preview_of_an_unknown_gid_or_without_an_operation_is_refused() {
        assertThatThrownBy(() -> preview("none", "retry")).hasMessageContaining("ENT-030");
        assertThatThrownBy(() -> alice().operator().previewAct(PreviewActRequest.getDefaultInstance()))
                .hasMessageContaining("ENT-001")
                .hasMessageContaining("set an operation");
    }
}
