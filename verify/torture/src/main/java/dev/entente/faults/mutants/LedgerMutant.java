package dev.entente.faults.mutants;

import dev.entente.faults.check.Checker;
import dev.entente.faults.check.Evidence;
import dev.entente.faults.check.Rule;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One way in which a run can be bad, done to the evidence of a good one. It is a lie in one ledger, one answer or one
 * history.
 *
 * @param name such as {@code done-after-undo}
 * @param rule which it breaks
 * @param lie throws {@link NoSuchElementException} where there is nothing to spoil so
 */
public record LedgerMutant(String name, Rule rule, Consumer<CorruptibleEvidence> lie) {
    private static final List<LedgerMutant> ALL = Stream.of(
                    EffectLies.ALL, CallLies.ALL, RecordLies.ALL, MessageLies.ALL, PeopleLies.ALL)
            .flatMap(List::stream)
            .toList();

    /** All of them. */
    public static List<LedgerMutant> all() {
        return ALL;
    }

    /** Tells whether that evidence has the part that this falsifies. */
    boolean canSpoil(Evidence good) {
        try {
            lie.accept(new CorruptibleEvidence(good));
            return true;
        } catch (NoSuchElementException nothingToSpoil) {
            return false;
        }
    }

    /** Tells whether the checker reports this falsification of good evidence, under the rule that it breaks. */
    boolean isCaught(Evidence good) {
        CorruptibleEvidence spoiling = new CorruptibleEvidence(good);
        lie.accept(spoiling);
        return Checker.judge(spoiling.spoilt()).stream().anyMatch(violation -> violation.rule() == rule);
    }
}
