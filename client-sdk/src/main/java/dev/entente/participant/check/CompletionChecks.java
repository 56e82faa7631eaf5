package dev.entente.participant.check;

import static dev.entente.participant.check.ForwardChecks.changed;

import dev.entente.participant.check.CheckedBranch.Role;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;

/** Checks the guarantees of a completion. The effect of the completion that it makes stays. For one thread. */
final class CompletionChecks {
    private final Witness witness;
    private final BranchFindings findings;
    private final Function<String, BranchCalls> callsOf;

    /** @param callsOf makes the calls of a transaction of that name */
    CompletionChecks(Witness witness, BranchFindings findings, Function<String, BranchCalls> callsOf) {
        this.witness = witness;
        this.findings = findings;
        this.callsOf = callsOf;
    }

    void run() throws SQLException {
        withoutForward();
        repeated();
    }

    private void withoutForward() throws SQLException {
        List<String> before = witness.look();
        Answer answer = callsOf.apply("too-early").call(Role.COMPLETION, 1);
        List<String> after = witness.look();
        findings.add(
                Guarantee.COMPLETION_NEEDS_FORWARD,
                answer.isRefused() && after.equals(before),
                "answered " + answer + "; " + changed("after it", before, after));
    }

    private void repeated() throws SQLException {
        Guarantee guarantee = Guarantee.REPEATED_COMPLETION_HAS_ONE_EFFECT;
        BranchCalls calls = callsOf.apply("completed");
        List<String> before = witness.look();
        Answer forward = calls.call(Role.FORWARD, 1);
        Answer first = calls.call(Role.COMPLETION, 1, forward.known());
        List<String> once = witness.look();
        if (!first.isOk()) {
            findings.add(
                    guarantee, false, "the forward call was answered " + forward + ", the first completion " + first);
            return;
        }
        Answer second = calls.call(Role.COMPLETION, 2, forward.known());
        List<String> twice = witness.look();
        if (once.equals(before) && twice.equals(once) && second.isOk()) {
            findings.notJudged(guarantee, "the query shows the same before and after");
        } else {
            findings.add(
                    guarantee,
                    second.isOk() && twice.equals(once),
                    "answered " + second + "; " + changed("after two", once, twice));
        }
    }
}
