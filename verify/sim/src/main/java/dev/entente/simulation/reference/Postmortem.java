package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Remains.Answer;
import dev.entente.simulation.reference.Remains.Arrival;
import dev.entente.simulation.reference.Remains.Step;
import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Judges one transaction when all is over: its plan, its record, the calls that came to participants and what they
 * answered. For runs in which nobody saw calls leave.
 *
 * <p>A call may have left as late as it came, and a fact may have been known as early as anybody had it. So whatever it
 * accuses holds for every course that the evidence leaves open. Times of the record and of participants are compared
 * with the tolerance that it is given; for one thread.
 */
public final class Postmortem {
    /**
     * The longest lag of the clock by which a coordinator records: a lease and more. It takes the database's time as of
     * when it hears it, and may begin to call while that was under way for less than a lease.
     */
    static final long LAG_MILLIS = 6000;

    private static final long SOMEBODY = 1;

    private final Remains remains;
    private final TransactionLog log;
    private final List<Accusation> accusations = new ArrayList<>();

    private Postmortem(RulePlan plan, Remains remains, long clockErrorMillis) {
        this.remains = remains;
        StoredRecord accepted = record(remains.steps().getFirst(), List.of(), false);
        this.log = new TransactionLog(plan, accepted, clockErrorMillis, Long.MAX_VALUE / 2);
    }

    /**
     * Returns the accusations against a finished transaction; empty if it kept every rule.
     *
     * @param plan with all branches that joined it
     * @param remains with a history; nothing can be said of what has none
     * @param clockErrorMillis how far the record's times and the participants' may be apart
     */
    public static List<Accusation> judge(RulePlan plan, Remains remains, long clockErrorMillis) {
        if (remains.steps().isEmpty()) {
            return List.of();
        }
        Postmortem postmortem = new Postmortem(plan, remains, clockErrorMillis);
        postmortem.hear();
        postmortem.read();
        postmortem.receive();
        return List.copyOf(postmortem.accusations);
    }

    /** Feeds the requests of people, and the kind of each rejected, which the record does not tell. */
    private void hear() {
        for (Observation request : remains.requests()) {
            if (request instanceof Observation.Asked asked) {
                log.requests().asked(asked);
            } else if (request instanceof Observation.Replied replied) {
                log.requests().replied(replied);
            }
        }
        for (Answer answer : remains.answers()) {
            log.heard(new Observation.Heard(
                    answer.at(), SOMEBODY, answer.branch(), answer.operation(), answer.kind(), answer.tried()));
        }
        remains.children().keySet().forEach(log::childAccepted);
    }

    private static StoredRecord record(Step step, List<RecordEntry> entries, boolean isForced) {
        return new StoredRecord(step.stage(), entries, false, isForced);
    }

    // ---- the record: decisions, ends, and what people are said to have done

    private void read() {
        List<RecordEntry> entries = new ArrayList<>();
        Step last = remains.steps().getFirst();
        for (Step step : remains.steps()) {
            StoredRecord before = record(last, List.copyOf(entries), false);
            if (step.entry() != null) {
                entries.add(step.entry());
                addIfNobodySaidSo(step.entry());
            }
            boolean isEndForced =
                    remains.isForced() && step.equals(remains.steps().getLast());
            boolean isPlain =
                    step.stage() == last.stage() && (step.entry() == null || step.entry() instanceof RecordEntry.Ended);
            if (!isPlain) {
                judge(before, record(step, List.copyOf(entries), isEndForced), step.at());
            }
            last = step;
        }
        log.stored(record(last, entries, remains.isForced()));
    }

    /** By what any coordinator can have known that has read all that stands before. */
    private void judge(StoredRecord before, StoredRecord now, long at) {
        log.stored(before);
        CoordinatorView view = new CoordinatorView(log, SOMEBODY);
        view.settle(at);
        SettlingList earlier = log.list();
        new RecordJudge(log, view, text -> accuse(at, text)).judge(before, now, at);
        SettlingList list = log.list();
        if (list != null && !list.equals(earlier)) {
            log.decided(widened(list, before));
        }
    }

    /** Calls that had left and are not on record: whoever a takeover would undo may have been called. */
    private SettlingList widened(SettlingList list, StoredRecord before) {
        if (before.stage() == Stage.COMPLETING
                || !list.operation().equals(log.plan().undo())) {
            return list;
        }
        CoordinatorView view = new CoordinatorView(log, SOMEBODY);
        view.takenOver();
        Set<String> may = new HashSet<>(list.may());
        may.addAll(UndoRules.list(view).may());
        return new SettlingList(list.operation(), list.must(), may);
    }

    /** An outcome on record is somebody's answer. */
    private void addIfNobodySaidSo(RecordEntry entry) {
        if (!(entry instanceof RecordEntry.Ended ended) || ended.kind() != AnswerKind.OK) {
            return;
        }
        RulePlan.Branch branch = log.plan().branch(ended.branch());
        boolean isAsked = branch != null
                && (branch.kind() == RulePlan.BranchKind.CALL
                        || !ended.operation().equals(log.plan().forward(branch)));
        if (isAsked && !isAnswered(ended, AnswerKind.OK) && !isAnswered(ended, AnswerKind.NOT_FOUND)) {
            accuse(
                    ended.at(),
                    "Words: '" + ended.operation() + "' of '" + ended.branch()
                            + "' is recorded as succeeded, and its participant has not answered so by then");
        }
    }

    private boolean isAnswered(RecordEntry.Ended ended, AnswerKind kind) {
        return remains.isAnswered(
                ended.branch(), ended.operation(), kind, ended.at() + log.clockErrorMillis() + LAG_MILLIS);
    }

    // ---- the calls

    private void receive() {
        ArrivalRules rules = new ArrivalRules(log, remains);
        List<Arrival> calls = new ArrayList<>(remains.arrivals());
        remains.children()
                .forEach((step, acceptedAt) ->
                        calls.add(new Arrival(acceptedAt + log.clockErrorMillis(), step, "action")));
        for (Arrival call : calls) {
            String why = rules.whyNot(call);
            if (why != null) {
                accuse(call.at(), "'" + call.operation() + "' of '" + call.branch() + "' came. " + why);
            }
        }
    }

    private void accuse(long at, String text) {
        accusations.add(Accusation.of(at, text));
    }
}
