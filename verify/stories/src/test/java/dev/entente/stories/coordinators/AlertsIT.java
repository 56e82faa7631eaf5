package dev.entente.stories.coordinators;

import static dev.entente.stories.coordinators.MonitoredShop.REJECTED;
import static dev.entente.stories.coordinators.MonitoredShop.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PrometheusServer;
import dev.entente.client.Retry;
import dev.entente.demo.ShopService;
import dev.entente.rig.Ended;
import dev.entente.rig.Playground;
import dev.entente.rig.Shop;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import shop.v1.Fault;

/** Causes the fault of each alert in real processes. */
@Tag("deep")
@Tag("alerts")
final class AlertsIT {
    private static final int HEALTHY_SECONDS = Integer.getInteger("entente.test.healthy.seconds", 120);
    /** More than the memory of both coordinators plus the threshold of the backlog. */
    private static final int BACKLOG = 1_400;

    private static final String UNRESPONSIVE = "EntenteParticipantUnresponsive";

    @TempDir
    private static Path folder;

    private static Playground playground;
    private static Shop shop;
    private static MonitoredShop monitored;

    @BeforeAll
    static void start() throws Exception {
        PrometheusServer.PROGRAM.require();
        playground = Playground.open();
        shop = playground.startSmallShop();
        monitored = new MonitoredShop(playground, shop, folder);
    }

    @AfterAll
    static void stop() {
        playground.close();
    }

    @Test
    void no_alert_fires_under_a_healthy_load_and_each_fires_until_its_fault_is_repaired() throws Exception {
        for (int i = 0; i < HEALTHY_SECONDS * 5; i++) {
            monitored.purchase(Map.of(), Retry.never()).join();
            Wait.pause(SECOND.dividedBy(5));
        }
        assertThat(monitored.prometheus.alerts("last_over_time(ALERTS{alertstate=\"firing\"}[1d])"))
                .isEmpty();
        failTransactionsAndFiles();
        stopProcesses();
        disturbTheDatabase();
        while (!monitored.firing().isEmpty()) { // the longest range of a rule is 15 minutes; the limit of the test
            // bounds this wait
            Wait.pause(SECOND);
        }
    }

    private static void failTransactionsAndFiles() throws IOException {
        for (int i = 0; i < HEALTHY_SECONDS; i++) {
            monitored.purchase(Map.of("charge", REJECTED), Retry.never()).join();
        }
        Fault failing = Fault.newBuilder().setFailTimes(15).build();
        monitored
                .purchase(Map.of("add-points", REJECTED, "refund", failing), Retry.fixed(SECOND, 20))
                .join();
        monitored.parkPurchase();
        monitored.awaitFiring("EntenteFailureRate", "EntenteSettlingFails", "EntenteParked");
        String target = monitored.first.ready().grpc();
        assertThat(Ended.entente("tx", "bulk", "retry", "--parked", "--target", target)
                        .exit())
                .isZero();

        monitored.trust(5);
        monitored.awaitFiring("EntenteCertificateExpires");
        Files.writeString(folder.resolve("trusted.pem"), "no certificate");
        monitored.awaitFiring("EntenteFileUnusable");
        monitored.trust(30);
    }

    private static void stopProcesses() throws Exception {
        shop.signal(ShopService.STOCK, "STOP");
        for (int i = 0; i < 10; i++) {
            monitored.purchase(Map.of(), Retry.fixed(SECOND, 100)).join();
        }
        String closed = "ALERTS{alertstate=\"firing\"} and on () max(entente_circuit_state) == 0";
        await("an alert with closed circuits")
                .until(() -> monitored.prometheus.alerts(closed).contains(UNRESPONSIVE));
        shop.signal(ShopService.STOCK, "CONT");
        await("the end of the alert").until(() -> !monitored.firing().contains(UNRESPONSIVE));

        shop.kill(ShopService.STOCK);
        for (int i = 0; i < BACKLOG; i++) {
            monitored.purchase(Map.of(), Retry.fixed(SECOND, 100)).join();
        }
        monitored.awaitFiring(UNRESPONSIVE);
        // As written by a coordinator of a later version that does not run any more.
        String format = "update open_transaction set due_at = now(), held_back_by = null, format = format + ?"
                + " where owner is null";
        SqlDatabase database = monitored.first.database();
        database.change(format, 100);
        monitored.awaitFiring("EntenteBacklog", "EntenteOverdue");
        database.change(format, -100);
        shop.restart(ShopService.STOCK);
        await("the end of the backlog").until(() -> !monitored.firing().contains("EntenteBacklog"));
        monitored.stopSecondUntilItsLeaseIsLost();
    }

    private static void disturbTheDatabase() throws Exception {
        monitored.delayCommitsUntil(() -> monitored.firing().contains("EntenteDatabaseSlow"));
        SqlDatabase database = monitored.first.database();
        try (Connection connection = database.connect()) {
            SqlDatabase.rows(connection, row -> true, "select pg_advisory_lock(" + 0x656e7472 + ", 0)");
            database.change("update finished_transaction set finished_at = finished_at - interval '15 days'");
            monitored.awaitFiring("EntenteRetentionBehind");
        }
        playground.database().breakOff();
        monitored.awaitFiring("EntenteDatabaseUnreachable");
        playground.database().startAgain();
        await("the database").until(() -> !monitored.firing().contains("EntenteDatabaseUnreachable"));
        assertThat(monitored.firing()).doesNotContain("EntenteInternalErrors");
        monitored.causeInternalError();
    }
}
