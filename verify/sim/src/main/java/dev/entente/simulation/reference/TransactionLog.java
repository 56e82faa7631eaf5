package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Family;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The facts about one transaction, independent of its current coordinator. */
final class TransactionLog {
    private RulePlan plan;
    private StoredRecord stored;
    private final RequestLog requests = new RequestLog();
    private final PatternRules pattern;
    private final AttemptRules attempts;
    private long clockErrorMillis;
    private final Map<String, Set<OutcomeKind>> received = new HashMap<>();
    private final Map<String, Set<String>> triedBy = new HashMap<>();
    private final Set<String> childrenAccepted = new HashSet<>();
    private final Set<String> firstInQueue = new HashSet<>();
    private @Nullable SettlingList list;
    private final boolean ranFromAcceptOn;
    private boolean hasRun;

    TransactionLog(RulePlan plan, StoredRecord stored, long clockErrorMillis, long timeoutMillis) {
        this.plan = plan;
        this.attempts = new AttemptRules(timeoutMillis);
        this.stored = stored;
        this.ranFromAcceptOn = stored.stage() == StoredRecord.Stage.RUNNING;
        this.hasRun = ranFromAcceptOn;
        this.clockErrorMillis = clockErrorMillis;
        this.pattern = of(plan.family());
    }

    private static PatternRules of(Family family) {
        return switch (family) {
            case SAGA -> new SagaRules();
            case TCC -> new TccRules();
            case TWO_PHASE -> new TwoPhaseRules();
            case MESSAGE -> new MessageRules();
            case NOTIFICATION -> new NotificationRules();
        };
    }

    RulePlan plan() {
        return plan;
    }

    StoredRecord stored() {
        return stored;
    }

    RequestLog requests() {
        return requests;
    }

    AttemptRules attempts() {
        return attempts;
    }

    PatternRules pattern() {
        return pattern;
    }

    /** Returns the largest error of a coordinator's clock. */
    long clockErrorMillis() {
        return clockErrorMillis;
    }

    /** Returns the branches to undo or to complete; null before the decision. */
    @Nullable
    SettlingList list() {
        return list;
    }

    void decided(SettlingList newList) {
        list = newList;
    }

    /** Returns whether the accept allowed the first calls: "Forward" 3, of a saga that begins with its pivot. */
    boolean ranFromAcceptOn() {
        return ranFromAcceptOn;
    }

    /** Returns whether the record ever showed it running: "Switch to undo" 2, of a message. */
    boolean hasRun() {
        return hasRun;
    }

    void stored(StoredRecord newRecord) {
        hasRun |= newRecord.stage() == StoredRecord.Stage.RUNNING || newRecord.stage() == StoredRecord.Stage.SUCCEEDED;
        stored = newRecord;
    }

    void clocksApart(long millis) {
        clockErrorMillis = Math.max(clockErrorMillis, millis);
    }

    void joined(RulePlan.Branch branch) {
        if (plan.branch(branch.id()) == null) {
            plan = plan.with(branch);
        }
    }

    void childAccepted(String branch) {
        childrenAccepted.add(branch);
    }

    boolean isChildAccepted(String branch) {
        return childrenAccepted.contains(branch);
    }

    void firstInQueue(String branch) {
        firstInQueue.add(branch);
    }

    boolean isFirstInQueue(String branch) {
        return firstInQueue.contains(branch);
    }

    void received(Observation.Received answer) {
        attempts.received(answer);
        received.computeIfAbsent(key(answer.branch(), answer.operation()), _ -> EnumSet.noneOf(OutcomeKind.class))
                .add(answer.kind());
        if (answer.kind() == OutcomeKind.OK && answer.tried() != null) {
            triedBy.computeIfAbsent(answer.branch(), _ -> new HashSet<>()).addAll(answer.tried());
        }
    }

    /** Returns the children that a parent's answer names, or null without a trailer ("Who is completed" 1). */
    @Nullable
    Set<String> triedBy(String parent) {
        return triedBy.get(parent);
    }

    /** Returns whether any such answer arrived: the history does not show which rejected was settled. */
    boolean hasReceived(String branch, String operation, OutcomeKind kind) {
        return received.getOrDefault(key(branch, operation), Set.of()).contains(kind);
    }

    static String key(String branch, String operation) {
        return branch + " " + operation;
    }
}
