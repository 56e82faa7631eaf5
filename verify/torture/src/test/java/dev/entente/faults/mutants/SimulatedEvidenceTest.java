package dev.entente.faults.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.faults.check.Checker;
import dev.entente.simulation.RunRecording;
import org.junit.jupiter.api.Test;

final class SimulatedEvidenceTest {
    private static final int SEEDS = 80;
    /** Ordered messages under one key to two participants, one of which hangs. */
    private static final long TWO_RECEIVERS = 662;

    @Test
    void of_good_simulated_runs_nothing_is_reported() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            isGood(seed, seed % 4 == 0 ? RunRecording.recordKilledAtFlush(seed) : RunRecording.record(seed, null));
        }
    }

    @Test
    void what_goes_to_another_receiver_under_the_same_key_stands_in_another_lane() {
        isGood(TWO_RECEIVERS, RunRecording.record(TWO_RECEIVERS, null));
    }

    private static void isGood(long seed, RunRecording tape) {
        assertThat(Checker.judge(SimulatedEvidence.of(tape)))
                .describedAs("seed %d", seed)
                .isEmpty();
    }
}
