package dev.entente.faults.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.faults.check.Checker;
import dev.entente.lab.sim.Tape;
import org.junit.jupiter.api.Test;

final class SimulatedEvidenceTest {
    private static final int SEEDS = 80;

    @Test
    void of_good_simulated_runs_nothing_is_reported() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Tape tape = seed % 4 == 0 ? Tape.recordKilledAtFlush(seed) : Tape.record(seed, null);
            assertThat(Checker.judge(SimulatedEvidence.of(tape)))
                    .describedAs("seed %d", seed)
                    .isEmpty();
        }
    }
}
