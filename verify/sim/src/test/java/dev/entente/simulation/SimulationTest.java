package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.mutant.Mutant;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The laws on virtual time: the unchanged engine keeps the laws, and each broken rule is detected. */
final class SimulationTest {
    private static final int SEEDS = 150;
    private static final int MANY_SEEDS = 2000;
    private static final int SEEDS_FROM_THE_FIRST_ON = 5;
    private static final int SEEDS_TO_FIND_A_MUTANT = 500;

    private final StringWriter reported = new StringWriter();

    @Test
    void the_laws_hold_for_every_seed_and_every_crash_point_and_transition_is_reached() {
        assertLaws(SEEDS);
    }

    @Test
    @Tag("deep")
    @Tag("simulation")
    void the_laws_hold_for_many_seeds() {
        assertLaws(MANY_SEEDS);
    }

    private void assertLaws(int seeds) {
        SeedTotals totals = run(1, seeds, Mutant.NONE);

        assertThat(totals.violations()).as(reported.toString()).isZero();
        assertThat(totals.coverage().missing()).isEmpty();
        assertThat(totals.previews()).as("acts compared with their previews").isGreaterThan(1000);
        assertThat(totals.kills()).isGreaterThan(seeds);
    }

    private SeedTotals run(long first, int seeds, Mutant mutant) {
        return SeedTotals.run(first, seeds, 1, mutant, () -> false, new PrintWriter(reported));
    }

    @Test
    void a_coordinator_whose_start_failed_is_started_again() {
        Scene scene = new Scene(1, Mutant.NONE);
        Node node = new Node("node-0", scene, List.of());
        scene.tables.ailments().goAway();
        scene.time.after(Duration.ofSeconds(5), () -> scene.tables.ailments().comeBack(scene.time.now()));
        node.start();
        while (scene.time.step(Duration.ofMinutes(1))) {
            // until the coordinator is up
        }

        assertThat(scene.tables.isAlive(node.incarnation())).isTrue();
    }

    @Test
    void an_abort_of_a_message_held_by_an_operator_violates_no_law() {
        assertThat(Simulation.run(29193, Mutant.NONE).violations()).isEmpty();
    }

    @Test
    void an_operation_done_by_another_coordinator_is_not_compared_with_a_preview() {
        assertThat(Simulation.run(310, Mutant.NONE).violations()).isEmpty();
    }

    @Test
    void a_seed_reproduces_its_run() {
        Simulation.Verdict first = Simulation.run(7, Mutant.TRUST_ANY_REJECTED);
        Simulation.Verdict second = Simulation.run(7, Mutant.TRUST_ANY_REJECTED);

        assertThat(second.kills()).isEqualTo(first.kills());
        assertThat(second.violations()).isEqualTo(first.violations());
        assertThat(second.steps()).isEqualTo(first.steps());
    }

    @ParameterizedTest
    @EnumSource(value = Mutant.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void a_broken_rule_is_detected(Mutant mutant) {
        long first = FirstSeeds.of(mutant);
        SeedTotals totals = run(first, SEEDS_FROM_THE_FIRST_ON, mutant);

        assertThat(totals.violations())
                .as("%s, from seed %d on; ./entente prove simulation prints the first seed", mutant.title(), first)
                .isPositive();
    }

    @Tag("deep")
    @Tag("simulation")
    @ParameterizedTest
    @EnumSource(value = Mutant.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void a_broken_rule_is_detected_without_a_known_seed(Mutant mutant) {
        Long failed = run(1, SEEDS_TO_FIND_A_MUTANT, mutant).failedSeed();

        assertThat(failed).as(mutant.title()).isNotNull();
        System.out.println(mutant.title() + " is first seen with seed " + failed);
    }
}
