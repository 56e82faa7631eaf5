package dev.entente.simulation.reference;

import dev.entente.simulation.reference.FinalEvidence.Answer;
import dev.entente.simulation.reference.FinalEvidence.Arrival;
import dev.entente.simulation.reference.FinalEvidence.Step;
import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks one transaction after its end: its plan, its record, the calls that reached participants, and the answers. It
 * is for runs in which no observer saw calls leave.
 *
 * <p>A call may have left as late as its arrival, and a fact may have been known as early as any observer had it.
 * Therefore a rule violation is valid for every course that the evidence permits. The given tolerance applies between
 * the times of the record and of participants. For one thread.
 */
public final class Postmortem {
    /**
     * The longest lag of the clock of a coordinator's records: more than a lease. The coordinator dates the database's
     * time by the arrival of the answer, and may begin to call if the request took less than a lease.
     */
    static final long LAG_MILLIS = 6000;

    private static final long ANY_COORDINATOR = 1;

    private final FinalEvidence evidence;
    private final TransactionLog log;
    private final List<RuleViolation> ruleViolations = new ArrayList<>();

    private Postmortem(RulePlan plan, FinalEvidence evidence, long clockErrorMillis) {
        this.evidence = evidence;
        StoredRecord accepted = record(evidence.steps().getFirst(), List.of(), false);
        this.log = new TransactionLog(plan, accepted, clockErrorMillis, Long.MAX_VALUE / 2);
    }

    /**
     * Returns the rule violations of a finished transaction; empty if it followed every rule.
     *
     * @param plan the plan with all branches that joined
     * @param evidence the evidence; without a history it is not checked
     * @param clockErrorMillis the maximum difference between the times of the record and of participants
     */
    public static List<RuleViolation> judge(RulePlan plan, FinalEvidence evidence, long clockErrorMillis) {
        if (evidence.steps().isEmpty()) {
            return List.of();
        }
        Postmortem postmortem = new Postmortem(plan, evidence, clockErrorMillis);
        postmortem.hear();
        postmortem.read();
        postmortem.receive();
        return List.copyOf(postmortem.ruleViolations);
    }

    /** Adds the requests of people, and the kind of each rejected, which is missing in the record. */
    private void hear() {
        for (Observation request : evidence.requests()) {
            if (request instanceof Observation.Asked asked) {
                log.requests().asked(asked);
            } else if (request instanceof Observation.Replied replied) {
                log.requests().replied(replied);
            }
        }
        for (Answer answer : evidence.answers()) {
            log.received(new Observation.Received(
                    answer.at(), ANY_COORDINATOR, answer.branch(), answer.operation(), answer.kind(), answer.tried()));
        }
        evidence.children().keySet().forEach(log::childAccepted);
    }

    private static StoredRecord record(Step step, List<RecordEntry> entries, boolean isForced) {
        return new StoredRecord(step.stage(), entries, false, isForced);
    }

    // ---- the record: decisions, ends, and statements about people

    private void read() {
        List<RecordEntry> entries = new ArrayList<>();
        Step last = evidence.steps().getFirst();
        for (Step step : evidence.steps()) {
            StoredRecord before = record(last, List.copyOf(entries), false);
            if (step.entry() != null) {
                entries.add(step.entry());
                addIfUnanswered(step.entry());
            }
            boolean isEndForced =
                    evidence.isForced() && step.equals(evidence.steps().getLast());
            boolean isPlain =
                    step.stage() == last.stage() && (step.entry() == null || step.entry() instanceof RecordEntry.Ended);
            if (!isPlain) {
                judge(before, record(step, List.copyOf(entries), isEndForced), step.at());
            }
            last = step;
        }
        log.stored(record(last, entries, evidence.isForced()));
    }

    /** Checks a change against the most that a coordinator can know after it has read all earlier entries. */
    private void judge(StoredRecord before, StoredRecord now, long at) {
        log.stored(before);
        CoordinatorView view = new CoordinatorView(log, ANY_COORDINATOR);
        view.settle(at);
        SettlingList earlier = log.list();
        new RecordChecker(log, view, text -> addViolation(at, text)).judge(before, now, at);
        SettlingList list = log.list();
        if (list != null && !list.equals(earlier)) {
            log.decided(widened(list, before));
        }
    }

    /** Adds calls that had left but are not on record: branches that a takeover would undo may have been called. */
    private SettlingList widened(SettlingList list, StoredRecord before) {
        if (before.stage() == Stage.COMPLETING
                || !list.operation().equals(log.plan().undo())) {
            return list;
        }
        CoordinatorView view = new CoordinatorView(log, ANY_COORDINATOR);
        view.takenOver();
        Set<String> may = new HashSet<>(list.may());
        may.addAll(UndoRules.list(view).may());
        return new SettlingList(list.operation(), list.must(), may);
    }

    /** Adds a violation for a recorded success without a participant's answer. */
    private void addIfUnanswered(RecordEntry entry) {
        if (!(entry instanceof RecordEntry.Ended ended) || ended.kind() != OutcomeKind.OK) {
            return;
        }
        RulePlan.Branch branch = log.plan().branch(ended.branch());
        boolean isAsked = branch != null
                && (branch.kind() == RulePlan.BranchKind.CALL
                        || !ended.operation().equals(log.plan().forward(branch)));
        if (isAsked && !isAnswered(ended, OutcomeKind.OK) && !isAnswered(ended, OutcomeKind.NOT_FOUND)) {
            addViolation(
                    ended.at(),
                    "Words: '" + ended.operation() + "' of '" + ended.branch()
                            + "' is recorded as succeeded, without a success response of the participant by then");
        }
    }

    private boolean isAnswered(RecordEntry.Ended ended, OutcomeKind kind) {
        return evidence.isAnswered(
                ended.branch(), ended.operation(), kind, ended.at() + log.clockErrorMillis() + LAG_MILLIS);
    }

    // ---- the calls

    private void receive() {
        ArrivalRules rules = new ArrivalRules(log, evidence);
        List<Arrival> calls = new ArrayList<>(evidence.arrivals());
        evidence.children()
                .forEach((step, acceptedAt) ->
                        calls.add(new Arrival(acceptedAt + log.clockErrorMillis(), step, "action")));
        for (Arrival call : calls) {
            String why = rules.whyNot(call);
            if (why != null) {
                addViolation(call.at(), "'" + call.operation() + "' of '" + call.branch() + "' arrived. " + why);
            }
        }
    }

    private void addViolation(long at, String text) {
        ruleViolations.add(RuleViolation.of(at, text));
    }
}
