package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Aftermath.Answer;
import dev.entente.simulation.reference.Aftermath.Arrival;
import dev.entente.simulation.reference.Aftermath.Step;
import dev.entente.simulation.reference.Blueprint.Expiry;
import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.Blueprint.Nature;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides which calls may have left, for an observer who saw them arrive alone. All that must be true before a call
 * leaves was true when it came.
 */
final class ArrivalRules {
    /** How far two participants' clocks may be apart: they run on one machine. */
    private static final long PARTICIPANTS_MILLIS = 100;
    /**
     * How long a coordinator that was superseded may go on calling, and how late a clock may be that slept: a lease and
     * more.
     */
    private static final long SUPERSEDED_MILLIS = 6000;

    private final CaseFile file;
    private final Blueprint plan;
    private final Aftermath aftermath;
    private final long clockErrorMillis;

    ArrivalRules(CaseFile file, Aftermath aftermath) {
        this.file = file;
        this.plan = file.plan();
        this.aftermath = aftermath;
        this.clockErrorMillis = file.clockErrorMillis();
    }

    /** Why that call cannot have left, or null. */
    @Nullable
    String whyNot(Arrival call) {
        Limb limb = plan.limb(call.branch());
        if (limb == null) {
            return "Words: there is no such branch";
        }
        if (limb.nature() == Nature.REGISTERED && call.operation().equals(plan.forward(limb))) {
            return "Forward 2: the tries of registered branches are made by whoever registered them";
        }
        if (!limb.has(call.operation()) || limb.nature() == Nature.APPROVAL) {
            return "Words: it has no such operation";
        }
        if (call.operation().equals(plan.undo())) {
            return whyNotUndone(limb, call.at());
        }
        return call.operation().equals(plan.completion())
                ? whyNotCompleted(limb, call.at())
                : whyNotForward(limb, call);
    }

    // ---- forward

    private @Nullable String whyNotForward(Limb limb, Arrival call) {
        Long start = plan.startAt();
        if (start != null && call.at() < start - clockErrorMillis) {
            return "Forward 1: its start time had not come";
        }
        for (Limb before : earlier(limb, call.operation())) {
            if (!isDone(before, call.at())) {
                return "Forward 2: '" + before.id() + "', which it comes after, was not done";
            }
        }
        for (String from : limb.binds()) {
            if (!isOnRecord(call.at(), entry -> isSuccess(entry, from))) {
                return "saga.md, Order: the response of '" + from
                        + "', which it binds or its undo requires, was not on record";
            }
        }
        String pivot = whyNotPastPivot(limb, call.at());
        return pivot == null ? whyNotTurned(limb, call) : pivot;
    }

    private Set<Limb> earlier(Limb limb, String operation) {
        return operation.equals(TwoPhaseRules.PRE_COMMIT) ? Set.copyOf(plan.limbs()) : plan.before(limb);
    }

    /** Forward 3. */
    private @Nullable String whyNotPastPivot(Limb limb, long at) {
        Limb pivot = plan.pivot();
        boolean isFromPivotOn =
                pivot != null && (limb.isPivot() || plan.ancestors(limb).contains(pivot));
        boolean isFirst = pivot != null && plan.before(pivot).isEmpty();
        return isFromPivotOn && !isFirst && !isOnRecord(at, RecordEntry.PivotCalled.class::isInstance)
                ? "Forward 3: it was not on record that the pivot was called"
                : null;
    }

    /** Forward 4: it cannot have left before the answers that it waits for, and by then the transaction had turned. */
    private @Nullable String whyNotTurned(Limb limb, Arrival call) {
        OptionalLong turned = aftermath.steps().stream()
                .filter(step -> step.entry() instanceof RecordEntry.Decided decided && decided.isToUndo())
                .mapToLong(Step::at)
                .findFirst();
        long earliest = earlier(limb, call.operation()).stream()
                .mapToLong(before -> doneAt(before))
                .max()
                .orElse(Long.MIN_VALUE);
        return turned.isPresent() && earliest > turned.getAsLong() + SUPERSEDED_MILLIS
                ? "Forward 4: what it waits for was done when the transaction had turned"
                : null;
    }

    /** When that branch was done at the earliest, if that can be told. */
    private long doneAt(Limb limb) {
        return aftermath.answers().stream()
                .filter(answer -> isForwardOk(limb, answer))
                .mapToLong(Answer::at)
                .min()
                .orElse(Long.MIN_VALUE);
    }

    private boolean isForwardOk(Limb limb, Answer answer) {
        return answer.kind() == AnswerKind.OK
                && answer.branch().equals(limb.id())
                && answer.operation().equals(plan.forward(limb));
    }

    private boolean isDone(Limb limb, long at) {
        boolean isStated = file.deeds().mayHaveStated(limb.id(), plan.forward(limb), truth -> truth == Deed.Truth.DONE);
        return isStated
                || switch (limb.nature()) {
                    case CALL, REGISTERED -> isOk(limb, plan.forward(limb), at);
                    case CHILD ->
                        aftermath.children().getOrDefault(limb.id(), Long.MAX_VALUE) <= at + clockErrorMillis
                                || isOnRecord(at, entry -> isSuccess(entry, limb.id()));
                    case APPROVAL -> isOnRecord(at, entry -> opens(limb, entry));
                    case CHECK -> true;
                };
    }

    private static boolean opens(Limb approval, RecordEntry entry) {
        return (entry instanceof RecordEntry.ApprovalDecided decided
                        && decided.isYes()
                        && decided.branch().equals(approval.id()))
                || (entry instanceof RecordEntry.ApprovalExpired expired
                        && approval.expiry() == Expiry.APPROVE
                        && expired.branch().equals(approval.id()));
    }

    private boolean isSuccess(RecordEntry entry, String branch) {
        Limb limb = plan.limb(branch);
        return limb != null
                && new StoredRecord(StoredRecord.Stage.RUNNING, List.of(entry), false, false)
                        .hasSuccess(branch, plan.forward(limb));
    }

    // ---- undo and completion

    private @Nullable String whyNotUndone(Limb limb, long at) {
        SettlingList list = file.list();
        String why = whyNotOrdered(list, plan.undo(), true, at);
        if (why != null || list == null) {
            return why;
        }
        if (!list.may().contains(limb.id())) {
            return "Who is undone 1: it is none of " + list.may();
        }
        for (Limb later : plan.descendants(limb)) {
            if (list.must().contains(later.id()) && !isSettled(later, plan.undo(), at)) {
                return "Who is undone 5: '" + later.id() + "', which comes after it, might still be undone";
            }
        }
        return whyNotLifted(at);
    }

    private @Nullable String whyNotCompleted(Limb limb, long at) {
        SettlingList list = file.list();
        String why = whyNotOrdered(list, plan.completion(), false, at);
        if (why != null || list == null) {
            return why;
        }
        if (!list.may().contains(limb.id())) {
            return "Who is completed 3: it is none of " + list.may();
        }
        for (Limb earlier : plan.ancestors(limb)) {
            if (list.must().contains(earlier.id()) && !isSettled(earlier, plan.completion(), at)) {
                return "Who is completed 3: '" + earlier.id() + "', which comes before it, was not completed";
            }
        }
        return whyNotLifted(at);
    }

    /** Applies "Who is completed" 4. */
    private @Nullable String whyNotOrdered(@Nullable SettlingList list, String operation, boolean isToUndo, long at) {
        boolean isDecided =
                isOnRecord(at, entry -> entry instanceof RecordEntry.Decided decided && decided.isToUndo() == isToUndo);
        return list == null || !list.operation().equals(operation) || !isDecided
                ? "Who is completed 4: no decision that orders it was on record"
                : null;
    }

    private boolean isSettled(Limb limb, String operation, long at) {
        boolean isStated =
                file.deeds().mayHaveStated(limb.id(), operation, truth -> truth != Deed.Truth.NEVER_HAPPENED);
        return isStated
                || isOk(limb, operation, at)
                || aftermath.isAnswered(limb.id(), operation, AnswerKind.NOT_FOUND, at + PARTICIPANTS_MILLIS);
    }

    private boolean isOk(Limb limb, String operation, long at) {
        return aftermath.isAnswered(limb.id(), operation, AnswerKind.OK, at + PARTICIPANTS_MILLIS);
    }

    /** An operator's park: what was decided while the mark stood leaves when it is lifted. */
    private @Nullable String whyNotLifted(long at) {
        boolean isParked = false;
        boolean isDecidedParked = false;
        for (Step step : aftermath.steps()) {
            RecordEntry entry = step.entry();
            if (entry instanceof RecordEntry.Parked parked) {
                isParked |= parked.isByOperator();
            } else if (entry instanceof RecordEntry.Retried || entry instanceof RecordEntry.Resumed) {
                isParked = false;
                isDecidedParked &= step.at() > at + clockErrorMillis;
            } else if (entry instanceof RecordEntry.Decided) {
                isDecidedParked = isParked;
            }
        }
        return isDecidedParked
                ? "An operator's park: it was decided while the mark stood, and nobody had lifted it"
                : null;
    }

    private boolean isOnRecord(long at, Predicate<RecordEntry> which) {
        return aftermath.steps().stream()
                .anyMatch(
                        step -> step.entry() != null && step.at() <= at + clockErrorMillis && which.test(step.entry()));
    }
}
