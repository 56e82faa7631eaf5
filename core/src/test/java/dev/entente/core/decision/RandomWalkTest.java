package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.TransactionState;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Thousands of lives, each from a seed, each decision of them held against {@link Laws}. */
class RandomWalkTest {
    private static final int WALKS = Integer.getInteger("entente.walks", 24_000);

    @Test
    void no_walk_breaks_a_law_and_every_walk_ends() {
        Map<TransactionState, Integer> ends = new EnumMap<>(TransactionState.class);
        for (long seed = 1; seed <= WALKS; seed++) {
            ends.merge(Walk.of(seed).state(), 1, Integer::sum);
        }
        assertThat(ends.keySet())
                .containsExactlyInAnyOrder(
                        TransactionState.SUCCEEDED, TransactionState.ABORTED, TransactionState.GIVEN_UP);
        assertThat(ends.values()).as("each end is common: %s", ends).allMatch(count -> count > WALKS / 50);
    }
}
