package dev.entente.torture.check;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** A check of callers and fences: each takeover raises the fence, so two callers never share a fence. */
final class Fences {
    private Fences() {}

    static void judge(TransactionEvidence one) {
        Map<Long, Set<String>> callers = one.calls().stream()
                .filter(LedgerCall::isFromCoordinator)
                .collect(groupingBy(LedgerCall::fence, mapping(LedgerCall::caller, toSet())));
        callers.forEach((fence, who) -> {
            if (who.size() > 1) {
                one.violates(Rule.SUPERSEDED_IS_SILENT, "fence " + fence + " was used by " + who.size() + " callers");
            }
        });
        if (one.pattern() != Shape.Pattern.TWO_PHASE) {
            addAnswered(one);
        }
        if (!one.txReport().isStated()) {
            addOverruled(one);
        }
    }

    /**
     * Reports calls that arrived after a barrier had answered a later owner's call of their branch, but were not
     * answered as stale. Skips two-phase branches, because a prepared transaction hides their rows.
     */
    private static void addAnswered(TransactionEvidence one) {
        List<LedgerAnswer> verdicts =
                one.answers().stream().filter(LedgerAnswer::isVerdict).toList();
        for (LedgerAnswer newer : verdicts) {
            verdicts.stream()
                    .filter(late -> isSuperseded(late, newer) && isLate(late, newer, one))
                    .forEach(late -> one.violates(
                            Rule.SUPERSEDED_IS_SILENT,
                            late.op() + " of " + late.branch() + " under fence " + late.fence()
                                    + " was answered after a call under fence " + newer.fence()));
        }
    }

    private static boolean isSuperseded(LedgerAnswer late, LedgerAnswer newer) {
        return 0 < late.fence()
                && late.fence() < newer.fence()
                && newer.at() < late.at()
                && late.base() == newer.base()
                && late.branch().equals(newer.branch())
                && late.ledger().equals(newer.ledger());
    }

    /** Returns whether so many answers came since then that some belong to calls that arrived later. */
    private static boolean isLate(LedgerAnswer late, LedgerAnswer newer, TransactionEvidence one) {
        long arrivedBefore = one.calls().stream()
                .filter(call -> late.isTo(call) && call.at() <= newer.at())
                .count();
        long answeredSince = one.answers().stream()
                .filter(answer -> answer.isVerdict() && answer.isSame(late) && newer.at() < answer.at())
                .count();
        return arrivedBefore < answeredSince;
    }

    /** Reports an effect with a lower fence after an undo with a higher fence anywhere in the transaction. */
    private static void addOverruled(TransactionEvidence one) {
        String forward = one.pattern().forward();
        for (LedgerEffect settled : one.effects()) {
            boolean isUndo = settled.op().equals(one.pattern().undo());
            one.effects().stream()
                    .filter(late -> isUndo && one.pattern() != Shape.Pattern.INTERACTIVE)
                    .filter(late -> late.op().equals(forward) && isOverruled(late, settled))
                    .filter(late -> !one.has(late.branch(), one.pattern().undo()) && canBeUndone(one, late))
                    .forEach(late -> one.violates(
                            Rule.SUPERSEDED_IS_SILENT,
                            late.op() + " of " + late.branch() + " under fence " + late.fence()
                                    + " was done after an undo under fence " + settled.fence() + " and not undone"));
        }
    }

    private static boolean isOverruled(LedgerEffect late, LedgerEffect settled) {
        return late.fence() < settled.fence() && late.at() > settled.at();
    }

    private static boolean canBeUndone(TransactionEvidence one, LedgerEffect effect) {
        return one.standing() != ReportedState.PARKED
                && one.standing() != ReportedState.OPEN
                && one.isRead()
                && one.shape()
                        .branch(effect.branch())
                        .map(Shape.BranchShape::canBeUndone)
                        .orElse(true);
    }
}
