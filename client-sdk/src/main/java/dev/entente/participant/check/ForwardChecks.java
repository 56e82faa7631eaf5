package dev.entente.participant.check;

import dev.entente.participant.check.CheckedBranch.Role;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Checks the guarantees of a forward operation and its undo. For one thread. */
final class ForwardChecks {
    private static final int AT_ONCE = 8;
    private static final int RACES = 10;
    private static final String NOTHING_TO_UNDO = "it has no undo";
    private static final String UNSEEN =
            "the query shows the same before and after; name one whose rows the forward call changes";

    private final CheckedBranch branch;
    private final Witness witness;
    private final BranchFindings findings;
    private final Function<String, BranchCalls> callsOf;
    private boolean isSeen;

    /** @param callsOf makes the calls of a transaction of that name */
    ForwardChecks(
            CheckedBranch branch, Witness witness, BranchFindings findings, Function<String, BranchCalls> callsOf) {
        this.branch = branch;
        this.witness = witness;
        this.findings = findings;
        this.callsOf = callsOf;
    }

    void run() throws SQLException {
        List<String> before = witness.look();
        BranchCalls calls = calls("twice");
        Answer first = calls.call(Role.FORWARD, 1);
        List<String> once = witness.look();
        isSeen = !once.equals(before);
        BranchCalls next = calls.superseding();
        repeated(next, first, once);
        superseded(calls, first);
        undone(next, first, before);
        concurrent(before, once);
        emptyAndLate();
        raced();
    }

    private BranchCalls calls(String name) {
        return callsOf.apply(name);
    }

    private void repeated(BranchCalls calls, Answer first, List<String> once) throws SQLException {
        Answer second = calls.call(Role.FORWARD, 2);
        List<String> twice = witness.look();
        if (isSeen) {
            findings.add(
                    Guarantee.REPEATED_FORWARD_HAS_ONE_EFFECT,
                    twice.equals(once),
                    changed("after two calls", once, twice));
        } else {
            findings.notJudged(
                    Guarantee.REPEATED_FORWARD_HAS_ONE_EFFECT, first.isOk() ? UNSEEN : "it was answered " + first);
        }
        findings.add(
                Guarantee.REPEATED_FORWARD_HAS_ONE_ANSWER,
                first.isSameAs(second),
                "first " + first + ", then " + (second.isOk() && first.isOk() ? "another response" : second));
    }

    /** The next coordinator has called meanwhile. */
    private void superseded(BranchCalls calls, Answer first) throws SQLException {
        List<String> before = witness.look();
        Answer late = calls.call(Role.FORWARD, 1);
        List<String> after = witness.look();
        if (isSeen) {
            findings.add(
                    Guarantee.SUPERSEDED_CALL_CHANGES_NOTHING,
                    after.equals(before) && (late.isStale() || late.isSameAs(first)),
                    "answered " + late + "; " + changed("after it", before, after));
        } else {
            findings.notJudged(Guarantee.SUPERSEDED_CALL_CHANGES_NOTHING, UNSEEN);
        }
    }

    private void undone(BranchCalls calls, Answer first, List<String> before) throws SQLException {
        if (branch.undo() == null) {
            findings.notJudged(Guarantee.UNDO_TAKES_BACK, NOTHING_TO_UNDO);
            findings.notJudged(Guarantee.REPEATED_UNDO_HAS_ONE_EFFECT, NOTHING_TO_UNDO);
            return;
        }
        Answer undo = calls.call(Role.UNDO, 1, first.known());
        List<String> after = witness.look();
        if (isSeen) {
            findings.add(
                    Guarantee.UNDO_TAKES_BACK,
                    undo.isOk() && after.equals(before),
                    "answered " + undo + "; " + changed("after the undo", before, after));
        } else {
            findings.notJudged(Guarantee.UNDO_TAKES_BACK, UNSEEN);
        }
        Answer again = calls.call(Role.UNDO, 2, first.known());
        List<String> last = witness.look();
        findings.add(
                Guarantee.REPEATED_UNDO_HAS_ONE_EFFECT,
                again.isOk() && last.equals(after),
                "answered " + again + "; " + changed("after another", after, last));
    }

    /** Judged by what one call alone has done, so it needs a way back to where that one began. */
    private void concurrent(List<String> before, List<String> once) throws SQLException {
        Guarantee guarantee = Guarantee.CONCURRENT_FORWARDS_HAVE_ONE_EFFECT;
        if (!isSeen || branch.undo() == null) {
            findings.notJudged(guarantee, isSeen ? NOTHING_TO_UNDO : UNSEEN);
            return;
        }
        if (!witness.look().equals(before)) {
            findings.notJudged(guarantee, "the undo did not lead back to where one call began");
            return;
        }
        BranchCalls calls = calls("at-once");
        List<Callable<Answer>> all = new ArrayList<>();
        for (int i = 1; i <= AT_ONCE; i++) {
            int attempt = i;
            all.add(() -> calls.call(Role.FORWARD, attempt));
        }
        List<Answer> answers = atOnce(all);
        List<String> after = witness.look();
        boolean allOk = answers.stream().allMatch(Answer::isOk);
        findings.add(
                guarantee,
                allOk && after.equals(once),
                changed("after " + AT_ONCE + " calls at once", once, after) + "; answered " + answers);
        var unused = calls.call(Role.UNDO, 1, answers.get(0).known());
    }

    private void emptyAndLate() throws SQLException {
        if (branch.undo() == null) {
            findings.notJudged(Guarantee.EMPTY_UNDO_DOES_NOTHING, NOTHING_TO_UNDO);
            findings.notJudged(Guarantee.LATE_FORWARD_IS_REFUSED, NOTHING_TO_UNDO);
            return;
        }
        List<String> before = witness.look();
        BranchCalls calls = calls("late");
        Answer undo = calls.call(Role.UNDO, 1);
        List<String> after = witness.look();
        findings.add(
                Guarantee.EMPTY_UNDO_DOES_NOTHING,
                (undo.isOk() || undo.isNotFound()) && after.equals(before),
                "answered " + undo + "; " + changed("after it", before, after));
        Answer late = calls.call(Role.FORWARD, 1);
        List<String> last = witness.look();
        findings.add(
                Guarantee.LATE_FORWARD_IS_REFUSED,
                late.isRefused() && last.equals(after),
                "answered " + late + "; " + changed("after it", after, last));
        if (late.isOk()) {
            var unused = calls.call(Role.UNDO, 2, late.known());
        }
    }

    private void raced() throws SQLException {
        Guarantee guarantee = Guarantee.FORWARD_AND_UNDO_AT_ONCE_END_UNDONE;
        if (branch.undo() == null) {
            findings.notJudged(guarantee, NOTHING_TO_UNDO);
            return;
        }
        List<String> before = witness.look();
        for (int i = 0; i < RACES; i++) {
            BranchCalls calls = calls("race-" + i);
            List<Answer> answers = atOnce(
                    List.of(() -> calls.call(Role.FORWARD, 1), () -> calls.call(Role.UNDO, 1, Optional.empty())));
            List<String> after = witness.look();
            if (!after.equals(before)
                    || !(answers.get(1).isOk() || answers.get(1).isNotFound())) {
                findings.add(
                        guarantee,
                        false,
                        "the undo answered " + answers.get(1) + "; " + changed("after both", before, after));
                return;
            }
        }
        findings.add(guarantee, true, "");
    }

    static String changed(String when, List<String> expected, List<String> found) {
        return expected.equals(found) ? when + " nothing had changed" : when + " " + found + ", not " + expected;
    }

    /** Answers of calls that were made at one time, in their order. */
    private static List<Answer> atOnce(List<Callable<Answer>> calls) {
        ExecutorService threads = Executors.newFixedThreadPool(calls.size());
        try {
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> answer : threads.invokeAll(calls)) {
                answers.add(answer.get());
            }
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the participant was called", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call could not be made", e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }
}
