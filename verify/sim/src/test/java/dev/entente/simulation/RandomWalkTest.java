package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.TransactionState;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Verifies that the decider follows docs/patterns/rules.md and docs/laws.md in random runs of a transaction. */
final class RandomWalkTest {
    private static final int WALKS = 6_000;
    private static final int MANY_WALKS = 40_000;

    @Test
    void every_random_walk_follows_the_rules_and_finishes() {
        assertRules(WALKS);
    }

    @Test
    @Tag("deep")
    @Tag("simulation")
    void many_random_walks_follow_the_rules() {
        assertRules(MANY_WALKS);
    }

    private static void assertRules(int walks) {
        Map<TransactionState, Integer> finalStates = new EnumMap<>(TransactionState.class);
        for (long seed = 1; seed <= walks; seed++) {
            DeciderWalk walk = new DeciderWalk(seed);
            walk.run();
            finalStates.merge(walk.state(), 1, Integer::sum);
        }
        assertThat(finalStates.keySet())
                .containsExactlyInAnyOrder(
                        TransactionState.SUCCEEDED, TransactionState.ABORTED, TransactionState.GIVEN_UP);
        assertThat(finalStates.values())
                .as("each end is common: %s", finalStates)
                .allMatch(count -> count > walks / 50);
    }
}
