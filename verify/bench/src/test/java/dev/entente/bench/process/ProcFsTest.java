package dev.entente.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.ProcFs;
import org.junit.jupiter.api.Test;

final class ProcFsTest {
    private static final long OWN_PID = ProcessHandle.current().pid();

    @Test
    void this_process_has_used_time_and_memory() {
        assertThat(ProcFs.cpuMicros(OWN_PID, false)).isPositive().isLessThanOrEqualTo(ProcFs.machineBusyMicros());
        assertThat(ProcFs.rssMb(OWN_PID, false)).isGreaterThan(10);
    }

    @Test
    void a_process_that_is_gone_counts_nothing() {
        long nobody = Long.MAX_VALUE;

        assertThat(ProcFs.cpuMicros(nobody, true)).isZero();
        assertThat(ProcFs.rssMb(nobody, true)).isZero();
    }
}
