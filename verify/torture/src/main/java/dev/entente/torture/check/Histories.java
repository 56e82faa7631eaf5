package dev.entente.torture.check;

import dev.entente.torture.check.Shape.BranchShape;
import dev.entente.torture.check.TransactionReport.Entry;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** A replay of a history by independent rules, and a comparison of the result with the stored state. */
final class Histories {
    private static final Set<String> ENDS = Set.of("SUCCEEDED", "ABORTED", "GIVEN_UP");

    private final TransactionEvidence one;
    private final Map<String, Integer> attempts = new HashMap<>();
    private final Map<String, String> ends = new HashMap<>();
    private String state = "";
    private boolean isActedUpon;

    private Histories(TransactionEvidence one) {
        this.one = one;
    }

    static void judge(TransactionEvidence one) {
        Histories fold = new Histories(one);
        // an accepted transaction without any event yet has no history
        boolean isUntouched =
                one.txReport().history().isEmpty() && !one.standing().isEnd();
        if (one.standing() != ReportedState.UNKNOWN && !isUntouched) {
            one.txReport().history().forEach(fold::add);
            fold.compare();
        }
    }

    private void violated(String what) {
        one.violates(Rule.REPLAY, what);
    }

    private void add(Entry entry) {
        long expected = 1L + one.txReport().history().indexOf(entry);
        if (entry.revision() != expected || entry.kind().equals("ACCEPTED") != (expected == 1)) {
            violated("event " + expected + " is " + entry.kind() + " with number " + entry.revision());
        }
        if (ENDS.contains(state)) {
            violated(entry.kind() + " after the final state " + state);
        }
        state = entry.stateAfter();
        switch (entry.kind()) {
            case "CALL_FINISHED" -> addCall(entry);
            case "RETRIED", "RESUMED", "RESOLVED" -> isActedUpon = true;
            default -> {}
        }
    }

    private void addCall(Entry entry) {
        String key = entry.branch() + "/" + entry.op();
        int before = attempts.getOrDefault(key, 0);
        // Attempts 5: a temporary MISCONFIGURED is no attempt; the history does not show which ones are temporary
        boolean mayPass = entry.outcome().equals("MISCONFIGURED") && entry.attempt() == before;
        boolean isCounted = !entry.outcome().equals("IN_PROGRESS") && !mayPass;
        int expected = before + (isCounted ? 1 : 0);
        // An operator action resets the attempts of stuck operations, and keeps the others.
        boolean isSetBack = isActedUpon && entry.attempt() <= expected;
        if (entry.attempt() != expected && !isSetBack) {
            violated("attempt " + entry.attempt() + " of " + key + " follows attempt " + before);
        }
        attempts.put(key, entry.attempt());
        if (entry.outcome().equals("OK") && !entry.op().equals(Shape.PRE_COMMIT)) {
            String earlier = ends.put(entry.branch(), end(entry.op()));
            if (Objects.equals(earlier, end(entry.op()))) {
                violated(key + " succeeded twice");
            }
        }
    }

    private String end(String op) {
        if (op.equals(one.pattern().completion())) {
            return "CONFIRMED";
        }
        return op.equals(one.pattern().undo()) ? "UNDONE" : "DONE";
    }

    private void compare() {
        TransactionReport txReport = one.txReport();
        if (!state.equals(txReport.state())) {
            violated("the history leads to " + state + ", the stored state is " + txReport.state());
        }
        if (!txReport.standing().isEnd()) {
            return;
        }
        addIfNothingDidIt(txReport);
        ends.forEach((branch, end) -> {
            String stored = txReport.branches().get(branch);
            if (!end.equals(stored)) {
                violated("the history leads to " + end + " of " + branch + ", the stored state is " + stored);
            }
        });
    }

    private void addIfNothingDidIt(TransactionReport txReport) {
        if (txReport.standing() != ReportedState.SUCCEEDED || txReport.isStated()) {
            return;
        }
        one.shape().branches().stream()
                .map(BranchShape::name)
                .filter(branch -> !ends.containsKey(branch) && !one.isDropped(branch))
                .forEach(branch -> violated("the transaction is SUCCEEDED without a successful call of " + branch));
    }
}
