package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Observation.Found;
import dev.entente.simulation.reference.StoredRecord.Stage;
import dev.entente.simulation.reference.wire.ApiPlan;
import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Feeds events to the reference, one method call per event. Each event takes a millisecond; coordinators write the
 * outcomes that they have received.
 */
final class RuleScenario {
    /** How long a participant must be unreachable until this counts as one attempt. */
    static final long TIMEOUT_MILLIS = 10;

    private final TransactionReference reference;
    private final ApiPlan source;
    private final List<RecordEntry> known = new ArrayList<>();
    private Stage stage;
    private long coordinator = 1;
    private long at;
    private int requests;

    private RuleScenario(Plan plan, Stage stage, long holder) {
        this.source = new ApiPlan(plan, stage == Stage.BEGUN, 0, Map.of());
        this.stage = stage;
        this.reference = new TransactionReference(
                source.rulePlan(), new StoredRecord(stage, List.of(), holder == 0, false), holder, 0, TIMEOUT_MILLIS);
    }

    static RuleScenario of(Plan plan) {
        return new RuleScenario(plan, Stage.RUNNING, 1);
    }

    static RuleScenario begun(Plan plan) {
        return new RuleScenario(plan, Stage.BEGUN, 0);
    }

    static RuleScenario scheduled(Plan plan) {
        return new RuleScenario(plan, Stage.SCHEDULED, 0);
    }

    static RuleScenario of(Plan.Builder plan) {
        return of(plan.build());
    }

    RuleScenario at(long millis) {
        at = millis;
        return this;
    }

    RuleScenario calls(String branch, String operation) {
        reference.saw(new Observation.Left(++at, coordinator, branch, operation, at + 1000));
        return this;
    }

    RuleScenario hears(String branch, String operation, OutcomeKind kind) {
        return hears(branch, operation, kind, null);
    }

    RuleScenario hears(String branch, String operation, OutcomeKind kind, @Nullable Set<String> tried) {
        reference.saw(new Observation.Received(++at, coordinator, branch, operation, kind, tried));
        known.add(new RecordEntry.Ended(at, branch, operation, kind));
        return this;
    }

    /** Reports the participant as unreachable at these times. The counted attempts follow. */
    RuleScenario cannotReach(String branch, String operation, long... times) {
        for (long time : times) {
            reference.saw(new Observation.NeverCalled(time, branch, operation));
        }
        return this;
    }

    /** Sends the call and receives this response. */
    RuleScenario does(String branch, String operation, OutcomeKind kind) {
        return calls(branch, operation).hears(branch, operation, kind);
    }

    RuleScenario notes(RecordEntry entry) {
        known.add(entry);
        return this;
    }

    RuleScenario writes(Stage newStage) {
        stage = newStage;
        return write(false, false);
    }

    /** Writes all known records and continues. */
    RuleScenario flushes() {
        return write(false, false);
    }

    RuleScenario takes(Stage newStage) {
        stage = newStage;
        return write(true, false);
    }

    RuleScenario rests() {
        return write(false, true);
    }

    private RuleScenario write(boolean takes, boolean isResting) {
        reference.saw(new Observation.Written(
                ++at, coordinator, takes, new StoredRecord(stage, List.copyOf(known), isResting, false)));
        return this;
    }

    RuleScenario decidesToUndo() {
        known.add(new RecordEntry.Decided(at + 1, true));
        return writes(Stage.UNDOING);
    }

    RuleScenario decidesToComplete() {
        known.add(new RecordEntry.Decided(at + 1, false));
        return writes(Stage.COMPLETING);
    }

    /** Lets another coordinator take over with the records that were written last. */
    RuleScenario takenOver(List<RecordEntry> onRecord) {
        known.clear();
        known.addAll(onRecord);
        reference.saw(new Observation.Claimed(++at, ++coordinator, Found.RUNNING));
        return this;
    }

    RuleScenario joins(TccBranch branch) {
        reference.saw(new Observation.Joined(++at, source.registered(branch)));
        return this;
    }

    RuleScenario asks(Request request) {
        reference.saw(new Observation.Asked(++at, ++requests, request));
        return this;
    }

    RuleScenario isAnswered(boolean isOk) {
        reference.saw(new Observation.Replied(++at, requests, isOk));
        return this;
    }

    RuleScenario sees(Observation seen) {
        reference.saw(seen);
        return this;
    }

    /** Returns the calls that may be sent now, sorted. */
    List<String> mayLeave() {
        return reference.mayLeave(at + 1).stream()
                .map(TransactionReference.Call::toString)
                .sorted()
                .toList();
    }

    /** Returns the rules that were broken so far. */
    Set<String> broken() {
        Set<String> rules = new TreeSet<>();
        reference.ruleViolations().forEach(violation -> rules.add(violation.rule()));
        return rules;
    }

    @Nullable
    Ending ending() {
        return reference.ending();
    }
}
