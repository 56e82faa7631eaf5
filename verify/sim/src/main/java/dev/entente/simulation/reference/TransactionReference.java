package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One transaction by the rules of docs/patterns/rules.md. From observations, it derives which calls may leave next,
 * reports violations, and derives the required end. Small and slow; shares nothing with the engine.
 *
 * <p>It is exact for exact observations. Between a request and its answer the request may or may not have taken effect:
 * then both are permitted.
 */
public final class TransactionReference {
    private final TransactionLog log;
    private final Map<Long, CoordinatorView> views = new HashMap<>();
    private final List<RuleViolation> ruleViolations = new ArrayList<>();
    private long holder;

    /** An operation of a branch. */
    public record Call(String branch, String operation) {
        @Override
        public String toString() {
            return branch + "/" + operation;
        }
    }

    /**
     * Starts with a durably accepted transaction.
     *
     * @param holder the coordinator that accepted and holds it, or 0 if no coordinator holds it
     * @param clockErrorMillis the largest error of a coordinator's clock
     * @param timeoutMillis the minimum time without a connection that counts as one attempt ("Attempts" 1)
     */
    public TransactionReference(
            RulePlan plan, StoredRecord accepted, long holder, long clockErrorMillis, long timeoutMillis) {
        this.log = new TransactionLog(plan, accepted, clockErrorMillis, timeoutMillis);
        this.holder = holder;
        if (holder != 0) {
            views.put(holder, new CoordinatorView(log, holder));
        }
    }

    public RulePlan plan() {
        return log.plan();
    }

    /** Returns all rule violations so far. */
    public List<RuleViolation> ruleViolations() {
        return List.copyOf(ruleViolations);
    }

    /** Returns the calls that the current holder may make now. */
    public Set<Call> mayLeave(long at) {
        Set<Call> calls = new LinkedHashSet<>();
        CoordinatorView view = views.get(holder);
        for (Branch branch : log.plan().branches()) {
            for (String operation : branch.operations().keySet()) {
                if (view != null) {
                    view.settle(at);
                }
                if (view != null && CallRules.whyNot(view, branch, operation, at) == null) {
                    calls.add(new Call(branch.id(), operation));
                }
            }
        }
        return calls;
    }

    /** Returns the end that the holder's knowledge requires; null while the end is open. */
    public @Nullable Ending ending() {
        CoordinatorView view = views.get(holder);
        return view == null ? null : EndRules.ending(view);
    }

    /** Applies an observation. */
    public void saw(Observation seen) {
        switch (seen) {
            case Observation.Left left -> left(left);
            case Observation.Received received -> received(received);
            case Observation.Joined joined -> log.joined(joined.branch());
            case Observation.ChildAccepted child -> childAccepted(child);
            case Observation.Asked asked -> log.requests().asked(asked);
            case Observation.Replied replied -> replied(replied);
            case Observation.NeverCalled unreached -> log.attempts().unreached(unreached);
            case Observation.Written written -> written(written);
            case Observation.Claimed claimed -> claimed(claimed);
            case Observation.ClocksApart apart -> log.clocksApart(apart.millis());
            case Observation.FirstInQueue first -> log.firstInQueue(first.branch());
        }
    }

    private void left(Observation.Left call) {
        CoordinatorView view = views.get(call.coordinator());
        Branch branch = log.plan().branch(call.branch());
        if (view == null || branch == null) {
            addViolation(
                    call.at(),
                    "Forward 1: " + name(call) + " left from a coordinator that never owned the transaction, or for an"
                            + " unknown branch");
            return;
        }
        view.settle(call.at());
        String why = CallRules.whyNot(view, branch, call.operation(), call.at());
        if (why != null) {
            addViolation(call.at(), name(call) + " left. " + why);
        }
        log.attempts().left(call);
        view.left(call);
    }

    private static String name(Observation.Left call) {
        return "'" + call.operation() + "' of '" + call.branch() + "'";
    }

    private void received(Observation.Received received) {
        log.received(received);
        CoordinatorView view = views.get(received.coordinator());
        if (view != null) {
            view.received(received);
        }
    }

    /** Checks only what must have been done before the accept, because the earlier call for it was not observed. */
    private void childAccepted(Observation.ChildAccepted child) {
        Branch branch = log.plan().branch(child.branch());
        CoordinatorView view = views.get(holder);
        boolean isFirst = !log.isChildAccepted(child.branch()) && views.size() == 1;
        if (branch != null && view != null && isFirst) {
            String why = log.pattern().whyNotYet(view, branch, log.plan().forward(branch));
            String reason = why == null ? ApprovalRules.whyNotBehind(view, branch) : why;
            if (reason != null) {
                addViolation(child.at(), "the transaction of '" + child.branch() + "' was accepted. " + reason);
            }
        }
        log.childAccepted(child.branch());
    }

    /** Applies law L1: a request that was answered with a yes is on record. */
    private void replied(Observation.Replied replied) {
        log.requests().replied(replied);
        Request request = log.requests().request(replied.number());
        if (replied.isOk() && request != null && !log.stored().shows(request)) {
            addViolation(
                    replied.at(), "laws.md, L1: the success of " + request + " was reported, and is not on record");
        }
    }

    private void claimed(Observation.Claimed claimed) {
        views.values().forEach(CoordinatorView::superseded);
        holder = claimed.coordinator();
        CoordinatorView view = new CoordinatorView(log, holder);
        views.put(holder, view);
        if (claimed.found() == Observation.Found.RUNNING) {
            view.takenOver();
        }
        view.settle(claimed.at());
    }

    private void written(Observation.Written written) {
        if (written.takes()) {
            claimed(new Observation.Claimed(written.at(), written.coordinator(), Observation.Found.AT_REST));
        }
        StoredRecord before = log.stored();
        log.stored(written.stored());
        CoordinatorView view = views.get(written.coordinator());
        if (view == null) {
            addViolation(written.at(), "Attempts 3: a coordinator writes that never owned the transaction");
            return;
        }
        view.merge(written.at());
        new RecordChecker(log, view, text -> addViolation(written.at(), text))
                .judge(before, written.stored(), written.at());
        written.stored().since(before).stream()
                .flatMap(entry -> entry instanceof RecordEntry.Ended ended ? Stream.of(ended) : Stream.empty())
                .map(ended -> log.attempts().whyNotCounted(log, ended))
                .filter(Objects::nonNull)
                .forEach(why -> addViolation(written.at(), why));
        if (written.stored().isResting() || written.stored().stage().isEnd()) {
            view.released();
        }
    }

    private void addViolation(long at, String text) {
        ruleViolations.add(RuleViolation.of(at, text));
    }
}
