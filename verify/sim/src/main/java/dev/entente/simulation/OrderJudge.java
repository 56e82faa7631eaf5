package dev.entente.simulation;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.server.participant.BranchCall;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Holds undos and completions, as they leave, against the plan's order and what participants have done so far. */
final class OrderJudge {
    private final Service service;

    OrderJudge(Service service) {
        this.service = service;
    }

    /** Returns the violations of a completion or an undo that leaves now. */
    List<String> check(BranchCall call, Role role, Plan plan) {
        Map<String, Service.Branch> there = service.branches(call.gid());
        List<String> wrong = new ArrayList<>();
        for (Branch other : plan.branches()) {
            Service.Branch known = there.get(other.id());
            boolean isTooEarly = known != null
                    && switch (role) {
                        case FORWARD -> false;
                        case COMPLETION ->
                            other.completion() != null
                                    && !known.isCompleted
                                    && ancestors(plan, call.branch()).contains(other.id());
                        case UNDO ->
                            other.undo() != null
                                    && known.stands()
                                    && ancestors(plan, other.id()).contains(call.branch());
                    };
            if (isTooEarly) {
                wrong.add("order " + call.gid() + ": " + role + " " + call.branch() + " left before that of "
                        + other.id());
            }
        }
        return wrong;
    }

    /**
     * Returns the violations of an undo that leaves now. A branch that cannot have been called, by the record, must not
     * be undone.
     */
    static List<String> checkReached(BranchCall call, Plan plan, Progress stored) {
        Set<String> told = new HashSet<>();
        Set<String> refused = new HashSet<>();
        for (HistoryEvent event : stored.history().events().reversed()) {
            if (event.fact() instanceof Fact.Retried || event.fact() instanceof Fact.Resumed) {
                break;
            }
            boolean isWord = event.fact() instanceof Fact.Called || event.fact() instanceof Fact.Resolved;
            if (isWord && event.fact() instanceof Fact.OfBranch one && one.role() == Role.FORWARD) {
                String branch = plan.branches().get(one.branch()).id();
                if (told.add(branch) && isFinalNo(one)) {
                    refused.add(branch);
                }
            }
        }
        Branch branch = plan.branches().get(plan.indexOf(call.branch()));
        boolean isKnown = told.contains(call.branch()) || branch.isRegistered();
        return isKnown || isReached(plan, branch, refused)
                ? List.of()
                : List.of("order " + call.gid() + ": UNDO " + call.branch() + " left, which was never called: all ways"
                        + " to it lead through " + refused);
    }

    /** A success that leaves out a child is no participant's no: a dead owner may have heard one that names it. */
    private static boolean isFinalNo(Fact fact) {
        if (!(fact instanceof Fact.Called call)) {
            return false;
        }
        boolean isNo = call.outcome() == Outcome.REJECTED || call.outcome() == Outcome.FAILED;
        return isNo
                && switch (call.consequence()) {
                    case Consequence.Turns turns -> !turns.isChildLeftOut();
                    case Consequence.Stuck _, Consequence.NothingToUndo _ -> true;
                    case Consequence.None _ -> false;
                };
    }

    private static boolean isReached(Plan plan, Branch branch, Set<String> refused) {
        List<String> above = new ArrayList<>(branch.after());
        if (branch.parent() != null) {
            above.add(branch.parent());
        }
        return above.isEmpty()
                || above.stream()
                        .filter(earlier -> !refused.contains(earlier))
                        .map(earlier -> plan.branches().get(plan.indexOf(earlier)))
                        .anyMatch(earlier -> isReached(plan, earlier, refused));
    }

    /** The names of all that a branch comes after, or is nested under, at any distance. */
    static Set<String> ancestors(Plan plan, String branch) {
        Set<String> ancestors = new HashSet<>();
        List<String> toVisit = new ArrayList<>(List.of(branch));
        while (!toVisit.isEmpty()) {
            Branch at = plan.branches().get(plan.indexOf(toVisit.removeLast()));
            List<String> above = new ArrayList<>(at.after());
            if (at.parent() != null) {
                above.add(Objects.requireNonNull(at.parent()));
            }
            above.stream().filter(ancestors::add).forEach(toVisit::add);
        }
        return ancestors;
    }
}
