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
 * Tells the reference a story, one sentence at a time. Each sentence takes a millisecond; coordinators write what they
 * have heard.
 */
final class Rehearsal {
    /** How long nobody must have been reached for one attempt. */
    static final long PATIENCE_MILLIS = 10;

    private final TransactionReference reference;
    private final ApiPlan source;
    private final List<RecordEntry> known = new ArrayList<>();
    private Stage stage;
    private long coordinator = 1;
    private long at;
    private int requests;

    private Rehearsal(Plan plan, Stage stage, long holder) {
        this.source = new ApiPlan(plan, stage == Stage.BEGUN, 0, Map.of());
        this.stage = stage;
        this.reference = new TransactionReference(
                source.rulePlan(), new StoredRecord(stage, List.of(), holder == 0, false), holder, 0, PATIENCE_MILLIS);
    }

    static Rehearsal of(Plan plan) {
        return new Rehearsal(plan, Stage.RUNNING, 1);
    }

    static Rehearsal begun(Plan plan) {
        return new Rehearsal(plan, Stage.BEGUN, 0);
    }

    static Rehearsal scheduled(Plan plan) {
        return new Rehearsal(plan, Stage.SCHEDULED, 0);
    }

    static Rehearsal of(Plan.Builder plan) {
        return of(plan.build());
    }

    Rehearsal at(long millis) {
        at = millis;
        return this;
    }

    Rehearsal calls(String branch, String operation) {
        reference.saw(new Observation.Left(++at, coordinator, branch, operation, at + 1000));
        return this;
    }

    Rehearsal hears(String branch, String operation, AnswerKind kind) {
        return hears(branch, operation, kind, null);
    }

    Rehearsal hears(String branch, String operation, AnswerKind kind, @Nullable Set<String> tried) {
        reference.saw(new Observation.Heard(++at, coordinator, branch, operation, kind, tried));
        known.add(new RecordEntry.Ended(at, branch, operation, kind));
        return this;
    }

    /** Finds nobody who listens at these times: what is counted for that follows. */
    Rehearsal isUnreachable(String branch, String operation, long... times) {
        for (long time : times) {
            reference.saw(new Observation.NeverCalled(time, branch, operation));
        }
        return this;
    }

    /** Calls, and hears that. */
    Rehearsal does(String branch, String operation, AnswerKind kind) {
        return calls(branch, operation).hears(branch, operation, kind);
    }

    Rehearsal notes(RecordEntry entry) {
        known.add(entry);
        return this;
    }

    Rehearsal writes(Stage newStage) {
        stage = newStage;
        return write(false, false);
    }

    /** Writes all that it knows, and goes on. */
    Rehearsal flushes() {
        return write(false, false);
    }

    Rehearsal takes(Stage newStage) {
        stage = newStage;
        return write(true, false);
    }

    Rehearsal rests() {
        return write(false, true);
    }

    private Rehearsal write(boolean takes, boolean isResting) {
        reference.saw(new Observation.Written(
                ++at, coordinator, takes, new StoredRecord(stage, List.copyOf(known), isResting, false)));
        return this;
    }

    Rehearsal decidesToUndo() {
        known.add(new RecordEntry.Decided(at + 1, true));
        return writes(Stage.UNDOING);
    }

    Rehearsal decidesToComplete() {
        known.add(new RecordEntry.Decided(at + 1, false));
        return writes(Stage.COMPLETING);
    }

    /** Another coordinator comes, and finds what was written last. */
    Rehearsal takenOver(List<RecordEntry> onRecord) {
        known.clear();
        known.addAll(onRecord);
        reference.saw(new Observation.Claimed(++at, ++coordinator, Found.RUNNING));
        return this;
    }

    Rehearsal joins(TccBranch branch) {
        reference.saw(new Observation.Joined(++at, source.registered(branch)));
        return this;
    }

    Rehearsal asks(Request request) {
        reference.saw(new Observation.Asked(++at, ++requests, request));
        return this;
    }

    Rehearsal isAnswered(boolean isOk) {
        reference.saw(new Observation.Replied(++at, requests, isOk));
        return this;
    }

    Rehearsal sees(Observation seen) {
        reference.saw(seen);
        return this;
    }

    /** Returns the calls that may leave now, sorted. */
    List<String> mayLeave() {
        return reference.mayLeave(at + 1).stream()
                .map(TransactionReference.Call::toString)
                .sorted()
                .toList();
    }

    /** The rules that were broken so far. */
    Set<String> broken() {
        Set<String> rules = new TreeSet<>();
        reference.accusations().forEach(accusation -> rules.add(accusation.rule()));
        return rules;
    }

    @Nullable
    Ending ending() {
        return reference.ending();
    }
}
