package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.rig.HeldDecision;
import dev.entente.rig.RigCoordinator;
import dev.entente.torture.load.Fleet;
import dev.entente.torture.load.Load;
import dev.entente.torture.load.Workload;
import dev.entente.torture.machine.TortureRig;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The short form of {@link CrashIT}: the coordinator is killed once, after a decision became durable and before the
 * first call that follows from it. The number of transactions open at that time does not matter.
 */
final class KilledAtDecisionIT {
    private static final int TRANSACTIONS = 40;
    private static final int A_SECOND = 20;
    private static final int DECISION = 3;

    @Test
    void no_transaction_is_lost_or_contradicted_after_a_kill_at_a_decision() throws Exception {
        long seed = Long.parseLong(TortureProcess.SEED);
        System.out.println("seed: " + seed);
        try (TortureRig rig = TortureRig.open(1, Map.of(), null);
                Fleet fleet = new Fleet(rig.nodes(), rig.ledgers())) {
            RigCoordinator coordinator = rig.nodes().getFirst().coordinator();
            Workload workload = new Workload(fleet, new Random(seed), "held" + seed + "-");
            Load load = new Load(fleet, workload, A_SECOND, TRANSACTIONS);
            fleet.subscribe();
            coordinator.close();
            try (HeldDecision held = HeldDecision.arm(rig.postgres().ask(TortureRig.COORDINATOR_DATABASE), DECISION)) {
                coordinator.start(Map.of());
                load.start();
                assertThat(held.await(PatientAwaits.BOUND))
                        .as("a decision is durable and held")
                        .isTrue();
                coordinator.kill();
            }
            coordinator.start(Map.of());
            load.awaitBegun();
            load.end(PatientAwaits.BOUND);
            CheckResults checkResults = CheckResults.of(rig, load);
            assertThat(checkResults.complaints(load.anomalies())).isEmpty();
            assertThat(checkResults.evidence().txReports()).hasSizeGreaterThanOrEqualTo(TRANSACTIONS / 2);
            assertThat(load.accepted()).isPositive();
        }
    }
}
