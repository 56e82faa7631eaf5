package dev.entente.torture.mutants;

import dev.entente.torture.check.Rule;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One kind of bad run, made by a falsification of a good run's evidence: in one ledger, one answer or one history.
 *
 * @param name such as {@code done-after-undo}
 * @param sign a part of the text with which the responsible checker reports the falsification
 * @param falsify throws {@link NoSuchElementException} if the evidence has no part to falsify
 */
public record LedgerMutant(String name, String sign, Consumer<CorruptibleEvidence> falsify) {
    private static final List<LedgerMutant> ALL = Stream.of(
                    EffectMutants.ALL, CallMutants.ALL, RecordMutants.ALL, RuleMutants.ALL)
            .flatMap(List::stream)
            .toList();

    /** Makes a mutant that the checker must report under this rule. */
    LedgerMutant(String name, Rule rule, Consumer<CorruptibleEvidence> falsify) {
        this(name, rule.title() + " ", falsify);
    }

    /** Makes a mutant that the reference must report under this heading of docs/patterns/rules.md. */
    static LedgerMutant against(String heading, String name, Consumer<CorruptibleEvidence> falsify) {
        return new LedgerMutant(name, "against \"" + heading + "\"", falsify);
    }

    public static List<LedgerMutant> all() {
        return ALL;
    }

    /** Returns whether this run has the part that this mutant falsifies. */
    boolean canSpoil(FaultlessEvidence good) {
        try {
            falsify.accept(new CorruptibleEvidence(good));
            return true;
        } catch (NoSuchElementException nothingToSpoil) {
            return false;
        }
    }

    /** Returns whether the checkers report this falsification, as required. */
    boolean isCaught(FaultlessEvidence good) {
        CorruptibleEvidence falsifying = new CorruptibleEvidence(good);
        falsify.accept(falsifying);
        return good.judged(falsifying.falsified()).stream().anyMatch(found -> found.contains(sign));
    }
}
