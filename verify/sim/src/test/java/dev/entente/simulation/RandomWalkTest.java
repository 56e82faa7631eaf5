package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.TransactionState;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The decider does what docs/patterns/rules.md and docs/laws.md say, whatever happens to a transaction. */
final class RandomWalkTest {
    private static final int WALKS = 6_000;
    private static final int MANY_WALKS = 40_000;

    @Test
    void every_walk_of_the_decider_keeps_the_rules_and_ends() {
        assertRules(WALKS);
    }

    @Test
    @Tag("deep")
    @Tag("simulation")
    void many_walks_keep_the_rules_too() {
        assertRules(MANY_WALKS);
    }

    private static void assertRules(int walks) {
        Map<TransactionState, Integer> ends = new EnumMap<>(TransactionState.class);
        for (long seed = 1; seed <= walks; seed++) {
            DeciderWalk walk = new DeciderWalk(seed);
            walk.run();
            ends.merge(walk.state(), 1, Integer::sum);
        }
        assertThat(ends.keySet())
                .containsExactlyInAnyOrder(
                        TransactionState.SUCCEEDED, TransactionState.ABORTED, TransactionState.GIVEN_UP);
        assertThat(ends.values()).as("each end is common: %s", ends).allMatch(count -> count > walks / 50);
    }
}
