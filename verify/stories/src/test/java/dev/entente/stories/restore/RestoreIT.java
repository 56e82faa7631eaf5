package dev.entente.stories.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.demo.ShopService;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.Ended;
import dev.entente.rig.ServerJar;
import dev.entente.rig.Shop;
import dev.entente.stories.DebianPackages;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.judge.ParticipantEffect;
import dev.entente.stories.plans.BigOrder;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Follows docs/restore.md exactly: reads the commands from the page and runs them unchanged. */
@Tag("deep")
@Tag("restore")
final class RestoreIT {
    private static final String STOPPED = "Stop every coordinator";
    private static final String START = "Start one coordinator, with everything parked";
    private static final String INSPECT = "Look";
    private static final String RELEASE = "Release";

    @TempDir
    private Path folder;

    /** The restore procedures of the page, by their headings. */
    enum Procedure {
        DUMP("A dump", "From a dump", "RESTORED"),
        POINT_IN_TIME("A base backup, and the WAL from then on", "To a point in time", "RESTORED"),
        SNAPSHOT("A snapshot", "From a snapshot", "RESTORED");

        private final String backup;
        private final String restore;
        private final String parkedAs;

        Procedure(String backup, String restore, String parkedAs) {
            this.backup = backup;
            this.restore = restore;
            this.parkedAs = parkedAs;
        }
    }

    @Test
    void every_command_of_the_page_belongs_to_a_tested_procedure() throws Exception {
        Set<String> run = new TreeSet<>(Set.of(STOPPED, START, INSPECT, RELEASE));
        for (Procedure procedure : Procedure.values()) {
            run.addAll(Set.of(procedure.backup, procedure.restore));
        }
        assertThat(page().headings()).containsExactlyInAnyOrderElementsOf(run);
    }

    private static RestorePage page() throws Exception {
        return RestorePage.read(ServerJar.find().resolve("../../..").normalize());
    }

    @ParameterizedTest
    @EnumSource
    void restored_transactions_stay_parked_until_their_release(Procedure procedure) throws Exception {
        DebianPackages.require(
                List.of("postgresql"),
                "sh",
                "-c",
                "ls /usr/lib/postgresql/*/bin/initdb /usr/lib/postgresql/*/bin/pg_basebackup");
        try (EmbeddedDatabase participants = EmbeddedDatabase.start(folder);
                Shop shop = Shop.singleProcess(participants, folder);
                RestoredServer server = RestoredServer.start(folder, shop);
                Entente entente = Entente.builder(server.target()).build()) {
            Shell shell = server.shell("");
            succeed(shell, "createuser entente"); // the owner of the database on the page
            String restoreTo = backUp(procedure, shell, server, entente);
            Shell restoring = server.shell(restoreTo);
            restore(procedure, restoring);
            try (ChildProcess parked = restoring.start("parked", page().commands(START))) {
                server.awaitReady();
                assertThat(parked.isAlive()).isTrue();
                inspect(procedure, restoring);
                release(restoring, entente);
                verifyEffects(new Databases(participants));
            }
        }
    }

    /** Submits one order that is open during the backup and finishes afterwards, and one order after the backup. */
    private String backUp(Procedure procedure, Shell shell, RestoredServer server, Entente entente) throws Exception {
        try (ChildProcess before = shell.start("before", "entente server --config \"$CONFIG\"")) {
            server.awaitReady();
            assertThat(before.isAlive()).isTrue();
            order("open-1").saga(entente).submit();
            awaitApproval(entente, "open-1");
            succeed(shell, page().commands(procedure.backup));
            server.awaitReady();
            String moment =
                    succeed(shell, "psql -d entente -At -c 'select now()'").strip();
            succeed(entente, "open-1");
            order("lost-1").saga(entente).submit();
            awaitApproval(entente, "lost-1");
            succeed(entente, "lost-1");
            return moment;
        }
    }

    private static BigOrder order(String gid) {
        return new BigOrder(gid, "alice", "A-1", 10_000, Duration.ofHours(24));
    }

    private static void awaitApproval(Entente entente, String gid) {
        Awaitility.await()
                .ignoreExceptions()
                .until(() -> entente.transactions().get(gid).getBranchesList().stream()
                        .anyMatch(branch -> branch.getState() == BranchStatus.State.AWAITING_APPROVAL));
    }

    private static void succeed(Entente entente, String gid) {
        Awaitility.await().ignoreExceptions().until(() -> {
            entente.transactions().approve(gid, BigOrder.APPROVAL, "checked");
            return true;
        });
        entente.transactions().await(gid, PatientAwaits.BOUND);
        assertThat(entente.transactions().get(gid).getState()).isEqualTo(Transaction.State.SUCCEEDED);
    }

    private static String succeed(Shell shell, String commands) throws Exception {
        Ended ended = shell.run(commands);
        assertThat(ended.exit()).as(commands + "\n" + ended.out()).isZero();
        return ended.out();
    }

    private static void restore(Procedure procedure, Shell shell) throws Exception {
        assertThat(succeed(shell, page().commands(STOPPED))).isBlank();
        succeed(shell, page().commands(procedure.restore));
    }

    private static void inspect(Procedure procedure, Shell shell) throws Exception {
        Ended inspection = shell.run(page().commands(INSPECT));
        assertThat(inspection.exit()).as(inspection.out()).isEqualTo(1);
        assertThat(inspection.out())
                .contains(
                        "1 transactions are parked",
                        "parked as " + procedure.parkedAs,
                        "open-1",
                        "UNKNOWN_GID",
                        "lost-1")
                .doesNotContain("released\n");
    }

    /** Releases the parked transaction. The client of the lost transaction submits it again. */
    private static void release(Shell shell, Entente entente) throws Exception {
        assertThat(succeed(shell, page().commands(RELEASE))).contains("1 released");
        order("lost-1").saga(entente).submit();
        for (String gid : List.of("open-1", "lost-1")) {
            awaitApproval(entente, gid);
            succeed(entente, gid);
        }
    }

    private static void verifyEffects(Databases databases) throws Exception {
        for (String gid : List.of("open-1", "lost-1")) {
            assertThat(databases.effects(gid))
                    .containsExactlyInAnyOrder(
                            new ParticipantEffect(ShopService.STOCK, gid, "reserve", "action", "StockService/Reserve"),
                            new ParticipantEffect(
                                    ShopService.PAYMENT, gid, "charge", "action", "PaymentService/Charge"),
                            new ParticipantEffect(
                                    ShopService.SHIPPING, gid, "ship", "action", "ShippingService/Create"));
        }
    }
}
