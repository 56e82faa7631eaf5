package dev.entente.torture.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.torture.check.ClientAnswer;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.check.LedgerAnswer;
import dev.entente.torture.check.LedgerCall;
import dev.entente.torture.check.LedgerEffect;
import dev.entente.torture.check.LedgerTotals;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Shape;
import dev.entente.torture.check.Shape.BranchShape;
import dev.entente.torture.check.Shape.Pattern;
import dev.entente.torture.check.TransactionReport;
import dev.entente.torture.check.TransactionReport.Entry;
import dev.entente.torture.load.ClientRecorder;
import dev.entente.torture.load.RequestedTransaction;
import dev.entente.v1.Binding;
import dev.entente.v1.Notification;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LedgerMutantTest {
    private static final long CENTS = 5;
    private static final Operation CALL =
            Operation.newBuilder().setGrpc("east/torture.v1.LedgerService/Move").build();

    private final List<Shape> shapes = new ArrayList<>();
    private final List<RequestedTransaction> requests = new ArrayList<>();
    private final List<ClientAnswer> reported = new ArrayList<>();
    private final List<LedgerCall> calls = new ArrayList<>();
    private final List<LedgerAnswer> answers = new ArrayList<>();
    private final List<LedgerEffect> effects = new ArrayList<>();
    private final List<TransactionReport> txReports = new ArrayList<>();
    private final List<Entry> history = new ArrayList<>();
    private final Map<String, String> branches = new HashMap<>();
    private long now = 1_000_000;

    private void note(String kind, String branch, String op, String outcome, String stateAfter) {
        history.add(new Entry(history.size() + 1L, ++now, kind, branch, op, 1, outcome, stateAfter));
    }

    /** Adds a successful call: its arrival, its effect, its response and its record. */
    private void call(String gid, String branch, String op, String carries, long cents, String stateAfter) {
        String ledger = cents < 0 ? "east" : "west";
        String receipt = gid + branch + op;
        calls.add(new LedgerCall(ledger, ++now, gid, branch, op, 1, 1, "node-1", carries));
        effects.add(new LedgerEffect(ledger, ++now, now, gid, branch, op, 1, 1, cents, receipt));
        answers.add(new LedgerAnswer(ledger, ++now, gid, branch, op, 1, 1, 1, "OK", null));
        note("CALL_FINISHED", branch, op, "OK", stateAfter);
        branches.put(branch, op.equals("confirm") ? "CONFIRMED" : "DONE");
    }

    private void begin() {
        history.clear();
        branches.clear();
        note("ACCEPTED", "", "", "", "RUNNING");
    }

    private void finish(Pattern pattern, Plan plan, BranchShape... branchShapes) {
        note("FINISHED", "", "", "", "SUCCEEDED");
        Shape shape = new Shape(plan.getGid(), pattern, List.of(branchShapes));
        shapes.add(shape);
        requests.add(new RequestedTransaction(shape.gid(), plan, false, List.of()));
        reported.add(new ClientAnswer(shape.gid(), 1, now, ClientAnswer.Event.ACCEPTED, ReportedState.OPEN));
        reported.add(new ClientAnswer(shape.gid(), now, ++now, ClientAnswer.Event.SEEN, ReportedState.SUCCEEDED));
        long created = history.getFirst().at();
        txReports.add(new TransactionReport(
                shape.gid(), created, ReportedState.SUCCEEDED, "SUCCEEDED", "", false, branches, history));
    }

    private void saga() {
        begin();
        call("saga", "s0", "action", "", -CENTS, "RUNNING");
        call("saga", "s1", "action", "sagas0action", CENTS, "RUNNING");
        Operation reading =
                CALL.toBuilder().addBind(Binding.newBuilder().setFrom("s0")).build();
        finish(
                Pattern.SAGA,
                Plan.newBuilder()
                        .setGid("saga")
                        .setSaga(Saga.newBuilder()
                                .addSteps(SagaStep.newBuilder()
                                        .setId("s0")
                                        .setAction(CALL)
                                        .setCompensate(CALL))
                                .addSteps(SagaStep.newBuilder()
                                        .setId("s1")
                                        .setAction(reading)
                                        .setCompensate(CALL)))
                        .build(),
                new BranchShape("s0", true, null),
                new BranchShape("s1", true, "s0"));
    }

    private void tcc() {
        begin();
        call("tcc", "b0", "try", "", 0, "RUNNING");
        call("tcc", "b0/b1", "try", "", 0, "RUNNING");
        note("DECIDED", "", "", "", "COMPLETING");
        call("tcc", "b0", "confirm", "tccb0try", -CENTS, "COMPLETING");
        call("tcc", "b0/b1", "confirm", "tccb0/b1try", CENTS, "COMPLETING");
        TccBranch.Builder branch =
                TccBranch.newBuilder().setTry(CALL).setConfirm(CALL).setCancel(CALL);
        finish(
                Pattern.TCC,
                Plan.newBuilder()
                        .setGid("tcc")
                        .setTcc(Tcc.newBuilder()
                                .addBranches(branch.clone().setId("b0"))
                                .addBranches(branch.clone().setId("b1").setParent("b0")))
                        .build(),
                new BranchShape("b0", true, "b0"),
                new BranchShape("b0/b1", true, "b0/b1"));
    }

    private void notification() {
        begin();
        call("note", "deliver", "deliver", "", 0, "RUNNING");
        finish(
                Pattern.NOTIFICATION,
                Plan.newBuilder()
                        .setGid("note")
                        .setNotification(Notification.newBuilder().setDeliver(CALL))
                        .build(),
                new BranchShape("deliver", false, null));
    }

    @Test
    void a_valid_run_passes_and_each_possible_mutation_is_detected() {
        saga();
        tcc();
        notification();
        List<LedgerTotals> books = List.of(
                new LedgerTotals("east", 100, 100 - 2 * CENTS, 0, List.of()),
                new LedgerTotals("west", 100, 100 + 2 * CENTS, 0, List.of()));
        FaultlessEvidence good = new FaultlessEvidence(
                new Evidence(shapes, reported, calls, answers, effects, txReports, books),
                requests,
                new ClientRecorder());
        assertThat(good.judged(good.evidence())).isEmpty();
        List<LedgerMutant> possible = LedgerMutant.all().stream()
                .filter(mutant -> mutant.canSpoil(good))
                .toList();
        assertThat(possible)
                .extracting(LedgerMutant::name)
                .contains(
                        "parked-for-no-reason",
                        "succeeded-and-nothing-did-it",
                        "succeeded-unconfirmed",
                        "money-left-over",
                        "confirm-before-its-order",
                        "confirm-and-cancel",
                        "confirmed-out-of-order",
                        "confirmed-without-its-receipt",
                        "receipt-before-its-record",
                        "given-up-though-taken",
                        "notified-twice",
                        "the-first-owner-answered-late");
        assertThat(possible).allMatch(mutant -> mutant.isCaught(good));
    }
}
