package dev.entente.participant.check;

import dev.entente.participant.check.BranchCalls.Response;
import dev.entente.participant.check.CheckedBranch.Role;
import dev.entente.participant.check.Finding.Verdict;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Checks the guarantees of one branch with one kind of call. The effects of a completion remain. For one thread. */
final class BranchChecks {
    private static final int AT_ONCE = 8;
    private static final int RACES = 10;
    private static final String NOTHING_TO_UNDO = "the branch has no undo";
    private static final String UNSEEN =
            "the query result did not change; give a query for rows that the forward call changes";
    private static final List<Guarantee> OF_AN_UNDO = List.of(
            Guarantee.UNDO_TAKES_BACK,
            Guarantee.REPEATED_UNDO_HAS_ONE_EFFECT,
            Guarantee.CONCURRENT_FORWARDS_HAVE_ONE_EFFECT,
            Guarantee.EMPTY_UNDO_DOES_NOTHING,
            Guarantee.LATE_FORWARD_IS_REFUSED,
            Guarantee.FORWARD_AND_UNDO_AT_ONCE_END_UNDONE);

    private final CheckedBranch branch;
    private final CallKind callKind;
    private final Witness witness;
    private final String prefix = "check-" + UUID.randomUUID() + "-";
    private final List<Finding> findings = new ArrayList<>();

    BranchChecks(CheckedBranch branch, CallKind callKind, Witness witness) {
        this.branch = branch;
        this.callKind = callKind;
        this.witness = witness;
    }

    List<Finding> run() throws SQLException {
        forward();
        if (branch.undo() == null) {
            OF_AN_UNDO.forEach(guarantee -> add(guarantee, Verdict.NOT_JUDGED, NOTHING_TO_UNDO));
        } else {
            emptyAndLate();
            raced();
        }
        if (branch.completion() != null) {
            completionWithoutForward();
            completionRepeated();
        }
        return List.copyOf(findings);
    }

    /** A call, and the witness's rows before and after the call. */
    private record Seen(List<String> before, Response answer, List<String> after) {
        boolean isUnchanged() {
            return after.equals(before);
        }

        String reported(String when) {
            return "response " + answer + "; " + changed(when, before, after);
        }
    }

    private Seen look(Supplier<Response> call) throws SQLException {
        List<String> before = witness.look();
        return new Seen(before, call.get(), witness.look());
    }

    /** Makes a forward call, a repetition by the next coordinator, a late call of the first one, and the undo. */
    private void forward() throws SQLException {
        BranchCalls calls = calls("twice");
        BranchCalls next = calls.superseding();
        Seen first = look(() -> calls.call(Role.FORWARD, 1));
        String unseen = first.isUnchanged() ? UNSEEN : null;
        Seen second = look(() -> next.call(Role.FORWARD, 2));
        judge(
                Guarantee.REPEATED_FORWARD_HAS_ONE_EFFECT,
                unseen == null || first.answer().isOk() ? unseen : "the response was " + first.answer(),
                second.isUnchanged(),
                changed("after two calls", second.before(), second.after()));
        judge(
                Guarantee.REPEATED_FORWARD_HAS_ONE_ANSWER,
                null,
                first.answer().isSameAs(second.answer()),
                "first " + first.answer() + ", then "
                        + (second.answer().isOk() && first.answer().isOk() ? "another response" : second.answer()));
        Seen late = look(() -> calls.call(Role.FORWARD, 1));
        judge(
                Guarantee.SUPERSEDED_CALL_CHANGES_NOTHING,
                unseen,
                late.isUnchanged() && (late.answer().isStale() || late.answer().isSameAs(first.answer())),
                late.reported("after it"));
        if (branch.undo() != null) {
            undone(next, first, unseen);
            concurrent(first, unseen);
        }
    }

    private void undone(BranchCalls calls, Seen first, @Nullable String unseen) throws SQLException {
        Response undo = calls.call(Role.UNDO, 1, first.answer().known());
        List<String> after = witness.look();
        judge(
                Guarantee.UNDO_TAKES_BACK,
                unseen,
                undo.isOk() && after.equals(first.before()),
                "response " + undo + "; " + changed("after the undo", first.before(), after));
        Seen again = look(() -> calls.call(Role.UNDO, 2, first.answer().known()));
        judge(
                Guarantee.REPEATED_UNDO_HAS_ONE_EFFECT,
                null,
                again.answer().isOk() && again.isUnchanged(),
                again.reported("after another"));
    }

    /** Compares with the effect of one call. Needs an undo that restores the state before that call. */
    private void concurrent(Seen one, @Nullable String unseen) throws SQLException {
        Guarantee guarantee = Guarantee.CONCURRENT_FORWARDS_HAVE_ONE_EFFECT;
        if (unseen != null || !witness.look().equals(one.before())) {
            String why = unseen == null ? "the undo did not restore the rows from before the forward call" : unseen;
            add(guarantee, Verdict.NOT_JUDGED, why);
            return;
        }
        BranchCalls calls = calls("at-once");
        List<Response> answers = atOnce(IntStream.rangeClosed(1, AT_ONCE)
                .<Callable<Response>>mapToObj(attempt -> () -> calls.call(Role.FORWARD, attempt))
                .toList());
        List<String> after = witness.look();
        judge(
                guarantee,
                null,
                answers.stream().allMatch(Response::isOk) && after.equals(one.after()),
                changed("after " + AT_ONCE + " calls at once", one.after(), after) + "; responses " + answers);
        var unused = calls.call(Role.UNDO, 1, answers.get(0).known());
    }

    private void emptyAndLate() throws SQLException {
        BranchCalls calls = calls("late");
        Seen undo = look(() -> calls.call(Role.UNDO, 1));
        judge(
                Guarantee.EMPTY_UNDO_DOES_NOTHING,
                null,
                undo.answer().isOkOrNotFound() && undo.isUnchanged(),
                undo.reported("after it"));
        Seen late = look(() -> calls.call(Role.FORWARD, 1));
        judge(
                Guarantee.LATE_FORWARD_IS_REFUSED,
                null,
                late.answer().isRefused() && late.isUnchanged(),
                late.reported("after it"));
        if (late.answer().isOk()) {
            var unused = calls.call(Role.UNDO, 2, late.answer().known());
        }
    }

    private void raced() throws SQLException {
        Guarantee guarantee = Guarantee.FORWARD_AND_UNDO_AT_ONCE_END_UNDONE;
        List<String> before = witness.look();
        for (int i = 0; i < RACES; i++) {
            BranchCalls calls = calls("race-" + i);
            Response undo = atOnce(List.of(() -> calls.call(Role.FORWARD, 1), () -> calls.call(Role.UNDO, 1)))
                    .get(1);
            List<String> after = witness.look();
            if (!after.equals(before) || !undo.isOkOrNotFound()) {
                String detail = "the response of the undo was " + undo + "; " + changed("after both", before, after);
                add(guarantee, Verdict.BROKEN, detail);
                return;
            }
        }
        add(guarantee, Verdict.HOLDS, "");
    }

    private void completionWithoutForward() throws SQLException {
        Seen early = look(() -> calls("too-early").call(Role.COMPLETION, 1));
        judge(
                Guarantee.COMPLETION_NEEDS_FORWARD,
                null,
                early.answer().isRefused() && early.isUnchanged(),
                early.reported("after it"));
    }

    private void completionRepeated() throws SQLException {
        Guarantee guarantee = Guarantee.REPEATED_COMPLETION_HAS_ONE_EFFECT;
        BranchCalls calls = calls("completed");
        List<String> before = witness.look();
        Response forward = calls.call(Role.FORWARD, 1);
        Response first = calls.call(Role.COMPLETION, 1, forward.known());
        if (!first.isOk()) {
            String detail = "the response of the forward call was " + forward + ", of the first completion " + first;
            add(guarantee, Verdict.BROKEN, detail);
            return;
        }
        Seen second = look(() -> calls.call(Role.COMPLETION, 2, forward.known()));
        boolean holds = second.answer().isOk() && second.isUnchanged();
        judge(
                guarantee,
                holds && second.before().equals(before) ? "the query result did not change" : null,
                holds,
                second.reported("after two"));
    }

    private BranchCalls calls(String name) {
        return new BranchCalls(prefix + name, branch, callKind, BranchCalls.FIRST_FENCE, Instant.now());
    }

    /**
     * Adds a finding.
     *
     * @param notJudged why it cannot be checked, or null
     * @param detail the observation, if the guarantee does not hold
     */
    private void judge(Guarantee guarantee, @Nullable String notJudged, boolean holds, String detail) {
        if (notJudged != null) {
            add(guarantee, Verdict.NOT_JUDGED, notJudged);
        } else {
            add(guarantee, holds ? Verdict.HOLDS : Verdict.BROKEN, holds ? "" : detail);
        }
    }

    private void add(Guarantee guarantee, Verdict verdict, String detail) {
        findings.add(new Finding(branch.name(), callKind, guarantee, verdict, detail));
    }

    private static String changed(String when, List<String> expected, List<String> found) {
        return expected.equals(found) ? when + " nothing had changed" : when + " " + found + ", not " + expected;
    }

    /** Returns the answers of concurrent calls, in the order of the calls. */
    private static List<Response> atOnce(List<Callable<Response>> calls) {
        ExecutorService threads = Executors.newFixedThreadPool(calls.size());
        try {
            List<Response> answers = new ArrayList<>();
            for (Future<Response> answer : threads.invokeAll(calls)) {
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
