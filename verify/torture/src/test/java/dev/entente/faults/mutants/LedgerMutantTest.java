package dev.entente.faults.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.faults.check.Book;
import dev.entente.faults.check.Checker;
import dev.entente.faults.check.ClientAnswer;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.LedgerAnswer;
import dev.entente.faults.check.LedgerCall;
import dev.entente.faults.check.LedgerEffect;
import dev.entente.faults.check.NetworkObservation;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Shape.BranchShape;
import dev.entente.faults.check.Shape.Pattern;
import dev.entente.faults.check.Standing;
import dev.entente.faults.check.TransactionReport;
import dev.entente.faults.check.TransactionReport.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LedgerMutantTest {
    private static final long CENTS = 5;

    private final List<Shape> shapes = new ArrayList<>();
    private final List<ClientAnswer> told = new ArrayList<>();
    private final List<LedgerCall> calls = new ArrayList<>();
    private final List<LedgerAnswer> answers = new ArrayList<>();
    private final List<LedgerEffect> effects = new ArrayList<>();
    private final List<TransactionReport> dossiers = new ArrayList<>();
    private final List<Entry> history = new ArrayList<>();
    private final Map<String, String> branches = new HashMap<>();
    private long now = 1_000_000;

    private void note(String kind, String branch, String op, String outcome, String stateAfter) {
        history.add(new Entry(history.size() + 1L, ++now, kind, branch, op, 1, outcome, stateAfter));
    }

    /** One call that goes well: it arrives, has its effect, and is on record. */
    private void call(Shape shape, String branch, String op, String carries, long cents, String stateAfter) {
        String ledger = branch.equals("debit") ? "east" : "west";
        String receipt = shape.gid() + branch + op;
        calls.add(new LedgerCall(ledger, ++now, shape.gid(), branch, op, 1, 1, "node-1", false, carries));
        effects.add(new LedgerEffect(ledger, ++now, now, shape.gid(), branch, op, 1, 1, cents, receipt));
        answers.add(new LedgerAnswer(ledger, ++now, shape.gid(), branch, op, 1, 1, 1));
        note("CALL_FINISHED", branch, op, "OK", stateAfter);
        branches.put(branch, op.equals("confirm") ? "CONFIRMED" : "DONE");
    }

    private void begin() {
        history.clear();
        branches.clear();
        note("ACCEPTED", "", "", "", "RUNNING");
    }

    private void end(Shape shape) {
        note("FINISHED", "", "", "", "SUCCEEDED");
        shapes.add(shape);
        told.add(new ClientAnswer(shape.gid(), 1, now, ClientAnswer.What.ACCEPTED, Standing.OPEN));
        told.add(new ClientAnswer(shape.gid(), now, ++now, ClientAnswer.What.SEEN, Standing.SUCCEEDED));
        dossiers.add(new TransactionReport(shape.gid(), Standing.SUCCEEDED, "SUCCEEDED", "", false, branches, history));
    }

    private static Shape transfer(String gid, Pattern pattern, String creditReads) {
        return new Shape(
                gid,
                pattern,
                List.of(
                        new BranchShape("debit", -CENTS, true, "debit"),
                        new BranchShape("credit", CENTS, true, creditReads)));
    }

    private void saga() {
        Shape shape = transfer("saga", Pattern.SAGA, "debit");
        begin();
        call(shape, "debit", "action", "", -CENTS, "RUNNING");
        call(shape, "credit", "action", "sagadebitaction", CENTS, "RUNNING");
        end(shape);
    }

    private void tcc() {
        Shape shape = transfer("tcc", Pattern.TCC, "credit");
        begin();
        call(shape, "debit", "try", "", 0, "RUNNING");
        call(shape, "credit", "try", "", 0, "RUNNING");
        note("DECIDED", "", "", "", "COMPLETING");
        call(shape, "debit", "confirm", "tccdebittry", -CENTS, "COMPLETING");
        call(shape, "credit", "confirm", "tcccredittry", CENTS, "COMPLETING");
        end(shape);
    }

    /** Drawn plans call their branches otherwise. */
    private void drawnTcc() {
        Shape shape = new Shape("drawn", Pattern.TCC, List.of(new BranchShape("b0", 0, true, null)));
        begin();
        call(shape, "b0", "try", "", 0, "RUNNING");
        note("DECIDED", "", "", "", "COMPLETING");
        call(shape, "b0", "confirm", "", 0, "COMPLETING");
        end(shape);
    }

    private void notification() {
        Shape shape = new Shape("note", Pattern.NOTIFICATION, List.of(new BranchShape("deliver", 0, false, null)));
        begin();
        call(shape, "deliver", "deliver", "", 0, "RUNNING");
        end(shape);
    }

    @Test
    void a_good_run_is_good_and_each_lie_that_can_be_told_of_it_is_caught() {
        saga();
        drawnTcc();
        tcc();
        notification();
        List<Book> books = List.of(
                new Book("east", 100, 100 - 2 * CENTS, 0, List.of()),
                new Book("west", 100, 100 + 2 * CENTS, 0, List.of()));
        Evidence good = new Evidence(shapes, told, calls, answers, effects, dossiers, books, NetworkObservation.NONE);
        assertThat(Checker.judge(good)).isEmpty();
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
                        "confirm-before-try",
                        "confirm-and-cancel",
                        "confirmed-without-its-receipt",
                        "notified-twice",
                        "given-up-against-its-plan",
                        "the-first-owner-answered-late");
        assertThat(possible).allMatch(mutant -> mutant.isCaught(good));
    }
}
