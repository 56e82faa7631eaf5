package dev.entente.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.ProcFs;
import org.junit.jupiter.api.Test;

final class ProcFsTest {
    private static final long OWN_PID = ProcessHandle.current().pid();

    @Test
    void a_running_process_has_cpu_time_and_memory() {
        assertThat(ProcFs.cpuMicros(OWN_PID, false)).isPositive().isLessThanOrEqualTo(ProcFs.machineBusyMicros());
        assertThat(ProcFs.rssMb(OWN_PID, false)).isGreaterThan(10);
    }

    @Test
    void a_missing_process_has_no_cpu_time_and_no_memory() {
        long missingPid = Long.MAX_VALUE;

        assertThat(ProcFs.cpuMicros(missingPid, true)).isZero();
        assertThat(ProcFs.rssMb(missingPid, true)).isZero();
    }
}
