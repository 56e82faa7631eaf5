package dev.entente.torture.mutants;

import dev.entente.torture.check.Rule;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One way in which a run can be bad, done to the evidence of a good one. It is a lie in one ledger, one answer or one
 * history.
 *
 * @param name such as {@code done-after-undo}
 * @param sign part of what the judge says that must find it
 * @param lie throws {@link NoSuchElementException} where there is nothing to spoil so
 */
public record LedgerMutant(String name, String sign, Consumer<CorruptibleEvidence> lie) {
    private static final List<LedgerMutant> ALL = Stream.of(EffectLies.ALL, CallLies.ALL, RecordLies.ALL, RuleLies.ALL)
            .flatMap(List::stream)
            .toList();

    /** Makes one that the checker must find under that rule. */
    LedgerMutant(String name, Rule rule, Consumer<CorruptibleEvidence> lie) {
        this(name, rule.title() + " ", lie);
    }

    /** Makes one that the reference must find under that heading of docs/patterns/rules.md. */
    static LedgerMutant against(String heading, String name, Consumer<CorruptibleEvidence> lie) {
        return new LedgerMutant(name, "against \"" + heading + "\"", lie);
    }

    /** All of them. */
    public static List<LedgerMutant> all() {
        return ALL;
    }

    /** Tells whether that run has the part that this falsifies. */
    boolean canSpoil(Good good) {
        try {
            lie.accept(new CorruptibleEvidence(good));
            return true;
        } catch (NoSuchElementException nothingToSpoil) {
            return false;
        }
    }

    /** Tells whether the judges report this falsification, as they must. */
    boolean isCaught(Good good) {
        CorruptibleEvidence spoiling = new CorruptibleEvidence(good);
        lie.accept(spoiling);
        return good.judged(spoiling.spoilt()).stream().anyMatch(found -> found.contains(sign));
    }
}
