package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Judges what a coordinator has put on record: decisions, ends, and what people are said to have done. */
final class RecordJudge {
    private final CaseFile file;
    private final CoordinatorView view;
    private final Consumer<String> accuse;

    RecordJudge(CaseFile file, CoordinatorView view, Consumer<String> accuse) {
        this.file = file;
        this.view = view;
        this.accuse = accuse;
    }

    void judge(StoredRecord before, StoredRecord now, long at) {
        List<RecordEntry> entries = now.entries();
        entries.subList(Math.min(before.entries().size(), entries.size()), entries.size())
                .forEach(entry -> judge(entry, at));
        if (now.isForced()) {
            tell(
                    file.deeds().mayHave(Deed.Force.class::isInstance)
                            ? null
                            : "Ends: forced, and nobody has asked for it");
            file.plan().limbs().forEach(limb -> tell(whyNotStated(limb.id(), at)));
        } else if (now.stage() != before.stage()) {
            changed(before.stage(), now.stage(), at);
        }
    }

    private void judge(RecordEntry entry, long at) {
        switch (entry) {
            case RecordEntry.PivotCalled pivot ->
                tell(
                        TurningRules.hasPassed(view, pivot.at(), file.clockErrorMillis())
                                ? "Turning 3: the pivot is called after the deadline"
                                : null);
            case RecordEntry.ApprovalDecided decided ->
                tell("approval.md: ", ApprovalRules.whyNotDecided(file, decided));
            case RecordEntry.ApprovalExpired expired ->
                tell("approval.md: ", ApprovalRules.whyNotExpired(file, expired));
            case RecordEntry.Stated stated -> stated(stated, at);
            case RecordEntry.Ended _,
                    RecordEntry.Decided _,
                    RecordEntry.Parked _,
                    RecordEntry.Retried _,
                    RecordEntry.Resumed _,
                    RecordEntry.TakenOver _,
                    RecordEntry.ApprovalAsked _,
                    RecordEntry.Dropped _ -> {}
        }
    }

    private void stated(RecordEntry.Stated stated, long at) {
        tell(whyNotStated(stated.branch(), at));
        boolean isTakenBack = stated.operation().equals(file.plan().completion()) && stated.truth() != Deed.Truth.DONE;
        tell(
                isTakenBack
                        ? "Who is completed 4: '" + stated.branch() + "' is to be completed, and passed for undone"
                        : null);
        tell(
                file.deeds().mayHaveStated(stated.branch(), stated.operation(), stated.truth()::equals)
                        ? null
                        : "Words: '" + stated.branch() + "' is stated " + stated.truth() + ", by nobody");
        Limb limb = file.plan().limb(stated.branch());
        if (limb != null
                && stated.truth() == Deed.Truth.DONE
                && stated.operation().equals("try")) {
            tell(TccRules.whyNotStatedDone(view, limb));
        }
    }

    /** A call under way can make a statement untrue; a question changes nothing that is stated. */
    private @Nullable String whyNotStated(String branch, long at) {
        boolean mayArrive = file.attempts().underWay(at).stream()
                .anyMatch(call ->
                        call.branch().equals(branch) && !call.operation().equals("check"));
        return mayArrive ? "Attempts 3: '" + branch + "' is stated while a call of it is under way" : null;
    }

    private void changed(Stage from, Stage to, long at) {
        switch (to) {
            case BEGUN, SCHEDULED -> accuse.accept("Ends: it goes back to " + to);
            case RUNNING -> tell(whyNotStarted(from, at));
            case COMPLETING -> complete();
            case UNDOING -> turn(at);
            case SUCCEEDED -> succeed(from);
            case ABORTED -> {
                if (from != Stage.UNDOING) {
                    turn(at);
                }
                settled();
            }
            case GIVEN_UP -> tell(EndRules.whyNotGivenUp(view, at));
        }
        boolean isTurned =
                (from == Stage.COMPLETING && to == Stage.UNDOING) || (from == Stage.UNDOING && to == Stage.COMPLETING);
        if (from.isEnd() || isTurned) {
            accuse.accept("Who is completed 4: a decision never changes, and this one went from " + from + " to " + to);
        }
    }

    /** Forward 1. */
    private @Nullable String whyNotStarted(Stage from, long at) {
        Long start = file.plan().startAt();
        if (from == Stage.SCHEDULED) {
            boolean isTime = start == null || at >= start - file.clockErrorMillis();
            return isTime ? null : "Forward 1: it starts before its start time";
        }
        boolean isSaid = file.deeds().mayHave(Deed.Commit.class::isInstance)
                || file.plan().limbs().stream().anyMatch(view::mayBeDone);
        return isSaid ? null : "Forward 1: neither client nor check-back has decided, and it runs";
    }

    private void complete() {
        tell(EndRules.whyNotCompleted(view));
        file.decided(CompletionRules.list(view));
    }

    private void turn(long at) {
        tell(EndRules.whyNotTurned(view, at));
        file.decided(UndoRules.list(view));
    }

    private void succeed(Stage from) {
        if (from != Stage.COMPLETING) {
            tell(EndRules.whyNotCompleted(view));
        }
        if (from != Stage.COMPLETING && !file.plan().completion().isEmpty()) {
            file.decided(CompletionRules.list(view));
        }
        settled();
    }

    private void settled() {
        SettlingList list = file.list();
        tell(list == null ? null : EndRules.whyNotEnded(view, list));
    }

    private void tell(@Nullable String why) {
        if (why != null) {
            accuse.accept(why);
        }
    }

    private void tell(String rule, @Nullable String why) {
        tell(why == null ? null : rule + why);
    }
}
