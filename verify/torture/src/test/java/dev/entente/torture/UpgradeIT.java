package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.PatientAwaits;
import dev.entente.rig.OpenTransactions;
import dev.entente.rig.ServerJar;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import dev.entente.torture.load.Fleet;
import dev.entente.torture.load.Load;
import dev.entente.torture.load.Workload;
import dev.entente.torture.machine.CoordinatorNode;
import dev.entente.torture.machine.Ledger;
import dev.entente.torture.machine.TortureRig;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import torture.v1.Behaviour;

/**
 * An upgrade of three coordinators under load, in the order of {@code docs/compatibility.md}, to a next version with
 * one more migration. The next version is a copy of this build's jar.
 */
@Tag("deep")
@Tag("upgrade")
final class UpgradeIT {
    private static final int A_SECOND = 12;
    private static final int ENDED = 60;
    private static final List<String> STATES = List.of("RUNNING", "COMPLETING", "UNDOING");
    private static final Duration PEACE = Duration.ofMinutes(5);
    private static final Map<String, String> NO_MIGRATION = Map.of("ENTENTE_DATABASE_MIGRATE", "false");
    private static final String MIGRATION =
            "create table next_table (id int); alter table open_transaction add column next_column int;";

    @TempDir
    private Path folder;

    @Test
    void an_upgrade_under_load_loses_and_contradicts_no_transaction() throws Exception {
        Path current = ServerJar.find();
        Path next = nextVersion(current);
        Random random = new Random(Long.parseLong(TortureProcess.SEED));
        try (TortureRig rig = TortureRig.open(3, Map.of("lease", "3s"), current, next);
                Fleet fleet = new Fleet(rig.nodes(), rig.ledgers())) {
            Load load = new Load(fleet, new Workload(fleet, random, "upgrade-"), A_SECOND);
            fleet.subscribe();
            load.start();
            Wait.until(PatientAwaits.BOUND, () -> load.ended() >= ENDED);
            awaitAllKindsOpen(rig);
            goBackBeforeMigration(rig, current, next);
            assertThat(rig.upgrade()).isTrue();
            assertThat(rig.nodes()).allMatch(CoordinatorNode::isAlive);
            for (CoordinatorNode node : rig.nodes()) {
                boolean isKilled = node == rig.nodes().get(1);
                stop(rig, node, isKilled);
                if (isKilled) {
                    node.use(current);
                    assertRefused(node, "ENT-074", Map.of());
                    node.use(next);
                }
                node.startUntilReady(System.nanoTime());
            }
            check(rig, load);
        }
    }

    /** Makes a server that needs one more migration. */
    private Path nextVersion(Path current) throws IOException {
        Path jar = Files.copy(current, folder.resolve("next.jar"));
        try (FileSystem content = FileSystems.newFileSystem(jar)) {
            Files.writeString(content.getPath("db/version"), "3");
            Files.writeString(content.getPath("db/migration/V0003__next.sql"), MIGRATION);
        }
        return jar;
    }

    /** Lets participants work without a response, until there are open transactions of each pattern and state. */
    private static void awaitAllKindsOpen(TortureRig rig) throws Exception {
        behave(rig, Behaviour.newBuilder().setMute(true).build());
        assertThat(Wait.until(
                        PatientAwaits.BOUND,
                        () -> database(rig).number("select count(distinct pattern) from open_transaction") == 5
                                && OpenTransactions.read(database(rig))
                                        .byState()
                                        .keySet()
                                        .containsAll(STATES)))
                .as("open transactions of each pattern and state")
                .isTrue();
    }

    /** Kills a coordinator, tries the next version, which requires its migration, and starts the current version. */
    private static void goBackBeforeMigration(TortureRig rig, Path current, Path next) throws Exception {
        CoordinatorNode node = rig.nodes().getLast();
        stop(rig, node, true);
        node.use(next);
        assertRefused(node, "ENT-073", NO_MIGRATION);
        node.use(current);
        node.startUntilReady(System.nanoTime());
        behave(rig, Behaviour.getDefaultInstance());
    }

    private static void stop(TortureRig rig, CoordinatorNode node, boolean isKilled) throws Exception {
        OpenTransactions open = OpenTransactions.read(database(rig));
        System.out.println("figures: " + node.name() + " stops, open: " + open.byState());
        assertThat(open.total()).isPositive();
        if (isKilled) {
            node.kill();
        } else {
            node.terminate();
        }
    }

    private static void assertRefused(CoordinatorNode node, String code, Map<String, String> environment) {
        assertThatThrownBy(() -> node.coordinator().start(environment)).hasMessageContainingAll(code, "code 4");
    }

    private static void behave(TortureRig rig, Behaviour behaviour) throws InterruptedException {
        for (Ledger ledger : rig.ledgers()) {
            ledger.behave(behaviour);
        }
    }

    private static void check(TortureRig rig, Load load) throws Exception {
        load.end(PEACE);
        CheckResults results = CheckResults.of(rig, load);
        List<String> complaints = results.complaints(load.anomalies());
        if (!complaints.isEmpty()) {
            results.explain(load, rig.folder());
            rig.keepFolder();
        }
        assertThat(complaints).as(rig.folder().toString()).isEmpty();
        System.out.println("figures: accepted " + load.accepted() + ", ended " + load.ended() + ", schema version "
                + database(rig).number("select max(version::int) from entente_schema_history"));
    }

    private static SqlDatabase database(TortureRig rig) {
        return rig.postgres().ask(TortureRig.COORDINATOR_DATABASE);
    }
}
