package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.Decider;
import dev.entente.simulation.reference.Accusation;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The decider does what docs/patterns/rules.md says, whatever happens to a transaction. */
final class DeciderReferenceTest {
    private static final int WALKS = 3_000;
    private static final int MANY_WALKS = 20_000;

    @Test
    void every_walk_of_the_decider_keeps_the_rules() {
        assertRules(WALKS);
    }

    @Test
    @Tag("deep")
    @Tag("simulation")
    void many_walks_keep_the_rules_too() {
        assertRules(MANY_WALKS);
    }

    private static void assertRules(int walks) {
        int ends = 0;
        for (long seed = 1; seed <= walks; seed++) {
            WalkPlans plans = new WalkPlans(new Random(seed));
            boolean isBegun = seed % 5 == 0;
            DeciderWalk walk = new DeciderWalk(seed, isBegun ? plans.begun() : plans.any(), isBegun, new Decider());
            List<Accusation> accusations = walk.run();
            assertThat(accusations).as("seed " + seed + ": " + walk.told()).isEmpty();
            ends += walk.isOver() ? 1 : 0;
        }
        assertThat(ends).isGreaterThan(walks * 9 / 10);
    }
}
