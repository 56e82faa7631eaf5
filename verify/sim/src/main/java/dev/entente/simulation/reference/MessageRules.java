package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.Blueprint.Nature;
import dev.entente.simulation.reference.StoredRecord.Stage;
import org.jspecify.annotations.Nullable;

/** Docs/patterns/message.md. */
final class MessageRules implements PatternRules {

    /**
     * Reads the answer to a check. A rejected is a no for ever; an answer that is neither yes nor no is "ask again".
     */
    @Override
    public AnswerKind means(CaseFile file, Limb limb, String operation, AnswerKind heard) {
        if (limb.nature() != Nature.CHECK) {
            return heard;
        }
        return switch (heard) {
            case REJECTED, REJECTED_SETTLED -> AnswerKind.REJECTED_SETTLED;
            case FAILED, NOT_FOUND, GONE, MISCONFIGURED, NOBODY_THERE, SILENCE -> AnswerKind.SILENCE;
            case OK, IN_PROGRESS, NOT_SENT -> heard;
        };
    }

    /** Forward 1 and 2. */
    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Limb limb, String operation) {
        boolean isBegun = view.file().stored().stage() == Stage.BEGUN;
        if (limb.nature() == Nature.CHECK) {
            return isBegun ? null : "message.md: it is decided already, nobody is to be asked";
        }
        if (isBegun) {
            return "Forward 1: neither the client's nor the check-back's decision is on record";
        }
        return TopicRules.whyNotInTurn(view.file(), limb);
    }

    /** Turning 2: a message that runs cannot turn. */
    @Override
    public boolean canTurn(CoordinatorView view) {
        return !view.file().hasRun();
    }

    /** Turning 1: the check-back's no. */
    @Override
    public boolean turnsBy(CoordinatorView view, Limb limb) {
        return limb.nature() == Nature.CHECK
                && canTurn(view)
                && (view.forward(limb).last() == OperationStatus.Last.REJECTED
                        || TurningRules.isStatedAway(view, limb, view.plan().forward(limb)));
    }

    /** Ends, message: every delivery is done, dropped or given up by an operator. */
    @Override
    public boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return !canTurn(view)
                && view.plan().limbs().stream()
                        .filter(limb -> limb.nature() != Nature.CHECK)
                        .allMatch(limb -> isCertain ? view.isDone(limb) : view.mayBeDone(limb) || mayBeDropped(view));
    }

    private static boolean mayBeDropped(CoordinatorView view) {
        return view.file().deeds().mayHave(deed -> deed instanceof Deed.Skip || deed instanceof Deed.Drop);
    }
}
