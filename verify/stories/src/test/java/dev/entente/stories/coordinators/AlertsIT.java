package dev.entente.stories.coordinators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.backends.PrometheusServer;
import dev.entente.client.Entente;
import dev.entente.client.Retry;
import dev.entente.demo.ShopService;
import dev.entente.rig.Ended;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.ServerJar;
import dev.entente.rig.Shop;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.plans.Purchase;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import shop.v1.Fault;

/** Causes the fault of each alert in real processes. A real Prometheus has the rules with a shorter {@code for}. */
@Tag("deep")
@Tag("alerts")
final class AlertsIT {
    private static final Path RULES = ServerJar.find()
            .resolve("../../../deploy/prometheus/entente.rules.yml")
            .normalize();
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int HEALTHY_SECONDS = Integer.getInteger("entente.test.healthy.seconds", 120);
    /** More than the memory of both coordinators plus the threshold of the backlog. */
    private static final int BACKLOG = 1_400;

    @TempDir
    private static Path folder;

    private static Playground playground;
    private static Shop shop;
    private static RigCoordinator first;
    private static RigCoordinator second;
    private static Entente entente;
    private static PrometheusServer prometheus;
    private static int purchases;

    @BeforeAll
    static void start() throws Exception {
        PrometheusServer.PROGRAM.require();
        playground = Playground.open();
        shop = playground.startSmallShop();
        Customers.open(new Databases(playground.database()));
        trust(30);
        String trusted = folder.resolve("trusted.pem").toString();
        Map<String, String> options =
                Map.of("limits.open", "100", "participants.tls.target", "a:1", "participants.tls.tls.trusted", trusted);
        first = playground.startCoordinator("first", 0, 0, shop.targets(), options);
        second = playground.startCoordinator("second", 0, 0, shop.targets(), options);
        Entente.Builder client = Entente.builder(first.ready().grpc()).retryFor(PatientAwaits.BOUND);
        shop.targets().forEach(client::participant);
        entente = playground.keep(client.build());
        prometheus = playground.keep(new PrometheusServer(
                Files.readString(RULES).replaceAll(" for: \\w+", " for: 10s"),
                List.of(first.ready().http(), second.ready().http())));
        prometheus.start();
    }

    @AfterAll
    static void stop() {
        playground.close();
    }

    @Test
    void no_alert_fires_under_a_healthy_load_and_each_fires_until_its_fault_is_repaired() throws Exception {
        for (int i = 0; i < HEALTHY_SECONDS * 5; i++) {
            purchase(Map.of(), Retry.never()).join();
            Wait.pause(SECOND.dividedBy(5));
        }
        assertThat(prometheus.alerts("last_over_time(ALERTS{alertstate=\"firing\"}[1d])"))
                .isEmpty();
        failTransactionsAndFiles();
        stopProcesses();
        disturbTheDatabase();
        while (!firing().isEmpty()) { // the longest range of a rule is 15 minutes; the limit of the test bounds this
            // wait
            Wait.pause(SECOND);
        }
    }

    private static List<String> firing() throws IOException {
        return prometheus.alerts("ALERTS{alertstate=\"firing\"}");
    }

    private static void awaitFiring(String... alerts) {
        await(String.join(" and ", alerts)).until(() -> firing().containsAll(List.of(alerts)));
    }

    private static CompletableFuture<?> purchase(Map<String, Fault> faults, Retry retry) {
        int number = ++purchases;
        return new Purchase("alert-" + number, Customers.account(number % 16), Customers.sku(0), 1, 900, faults)
                .saga(entente)
                .retry(retry)
                .submitAsync();
    }

    private static void failTransactionsAndFiles() throws IOException {
        Fault rejected = Fault.newBuilder().setReject("DECLINED").build();
        for (int i = 0; i < HEALTHY_SECONDS; i++) {
            purchase(Map.of("charge", rejected), Retry.never()).join();
        }
        Fault failing = Fault.newBuilder().setFailTimes(15).build();
        purchase(Map.of("add-points", rejected, "refund", failing), Retry.fixed(SECOND, 20))
                .join();
        Fault twice = Fault.newBuilder().setFailTimes(2).build();
        purchase(Map.of("ship", twice), Retry.fixed(Duration.ofMillis(1), 2)).join();
        awaitFiring("EntenteFailureRate", "EntenteSettlingFails", "EntenteParked");
        String target = first.ready().grpc();
        assertThat(Ended.entente("tx", "bulk", "retry", "--parked", "--target", target)
                        .exit())
                .isZero();

        trust(5);
        awaitFiring("EntenteCertificateExpires");
        Files.writeString(folder.resolve("trusted.pem"), "no certificate");
        awaitFiring("EntenteFileUnusable");
        trust(30);
    }

    /** Writes the file of trusted certificates with a certificate that is valid for these days. */
    private static void trust(int days) throws IOException {
        Path made = folder.resolve("made.pem");
        String command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -keyout /dev/null -days " + days;
        assertThat(Ended.run(List.of("sh", "-c", command + " -out " + made)).exit())
                .isZero();
        Files.move(made, folder.resolve("trusted.pem"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void stopProcesses() throws Exception {
        shop.kill(ShopService.STOCK);
        for (int i = 0; i < BACKLOG; i++) {
            purchase(Map.of(), Retry.fixed(SECOND, 100)).join();
        }
        awaitFiring("EntenteCircuitOpen");
        // As written by a coordinator of a later version that does not run any more.
        String format = "update open_transaction set due_at = now(), held_back_by = null, format = format + ?"
                + " where owner is null";
        first.database().change(format, 100);
        awaitFiring("EntenteBacklog", "EntenteOverdue");
        first.database().change(format, -100);
        shop.restart(ShopService.STOCK);
        await("the end of the backlog").until(() -> !firing().contains("EntenteBacklog"));

        second.signal("STOP");
        awaitFiring("EntenteCoordinatorMissing");
        String living = "select count(*) from coordinator where node = 'second' and dead_at is null";
        await("the end of the lease").until(() -> second.database().number(living) == 0);
        second.signal("CONT");
        awaitFiring("EntenteLeaseLost");
    }

    private static void disturbTheDatabase() throws Exception {
        SqlDatabase database = first.database();
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            await("EntenteDatabaseSlow").until(() -> {
                SqlDatabase.update(connection, "lock table open_transaction in share mode");
                CompletableFuture<?> delayed = purchase(Map.of(), Retry.never());
                Wait.pause(SECOND);
                connection.commit();
                delayed.join();
                return firing().contains("EntenteDatabaseSlow");
            });
        }
        try (Connection connection = database.connect()) {
            SqlDatabase.rows(connection, row -> true, "select pg_advisory_lock(" + 0x656e7472 + ", 0)");
            database.change("update finished_transaction set finished_at = finished_at - interval '15 days'");
            awaitFiring("EntenteRetentionBehind");
        }
        playground.database().breakOff();
        awaitFiring("EntenteDatabaseUnreachable");
        playground.database().startAgain();
        await("the database").until(() -> !firing().contains("EntenteDatabaseUnreachable"));
        assertThat(firing()).doesNotContain("EntenteInternalErrors");

        database.change("alter table bulk_run rename to renamed");
        String page = "/transactions/operation?operation=retry&run=00000000-0000-4000-8000-000000000000";
        URL console = URI.create("http://" + first.ready().http() + page).toURL();
        assertThatThrownBy(console::openStream).hasMessageContaining("500");
        database.change("alter table renamed rename to bulk_run");
        awaitFiring("EntenteInternalErrors");
    }
}
