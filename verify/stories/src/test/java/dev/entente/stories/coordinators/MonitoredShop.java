package dev.entente.stories.coordinators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.backends.PrometheusServer;
import dev.entente.client.Entente;
import dev.entente.client.Retry;
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
import java.util.concurrent.atomic.AtomicInteger;
import shop.v1.Fault;

/** Two coordinators of a shop. A real Prometheus scrapes both, and has the rules with a shorter {@code for}. */
final class MonitoredShop {
    static final Path DEPLOY = ServerJar.find().resolve("../../../deploy").normalize();
    static final Duration SECOND = Duration.ofSeconds(1);
    static final Fault REJECTED = Fault.newBuilder().setReject("DECLINED").build();

    final RigCoordinator first;
    final RigCoordinator second;
    final PrometheusServer prometheus;
    private final Path folder;
    private final Entente entente;
    private final AtomicInteger purchases = new AtomicInteger();

    /** @param folder for the file of certificates that the coordinators trust */
    MonitoredShop(Playground playground, Shop shop, Path folder) throws Exception {
        this.folder = folder;
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
        String rules = Files.readString(DEPLOY.resolve("prometheus/entente.rules.yml"));
        prometheus = playground.keep(new PrometheusServer(
                rules.replaceAll(" for: \\w+", " for: 10s"),
                List.of(first.ready().http(), second.ready().http())));
        prometheus.start();
    }

    List<String> firing() throws IOException {
        return prometheus.alerts("ALERTS{alertstate=\"firing\"}");
    }

    void awaitFiring(String... alerts) {
        await(String.join(" and ", alerts)).until(() -> firing().containsAll(List.of(alerts)));
    }

    CompletableFuture<?> purchase(Map<String, Fault> faults, Retry retry) {
        int number = purchases.incrementAndGet();
        return new Purchase("order-" + number, Customers.account(number % 16), Customers.sku(0), 1, 900, faults)
                .saga(entente)
                .retry(retry)
                .submitAsync();
    }

    void parkPurchase() {
        Fault twice = Fault.newBuilder().setFailTimes(2).build();
        purchase(Map.of("ship", twice), Retry.fixed(Duration.ofMillis(1), 2)).join();
    }

    /** Writes the file of trusted certificates with a certificate that is valid for these days. */
    void trust(int days) throws IOException {
        Path made = folder.resolve("made.pem");
        String command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -keyout /dev/null -days " + days;
        assertThat(Ended.run(List.of("sh", "-c", command + " -out " + made)).exit())
                .isZero();
        Files.move(made, folder.resolve("trusted.pem"), StandardCopyOption.REPLACE_EXISTING);
    }

    void stopSecondUntilItsLeaseIsLost() throws IOException {
        second.signal("STOP");
        awaitFiring("EntenteCoordinatorMissing");
        String living = "select count(*) from coordinator where node = 'second' and dead_at is null";
        await("the end of the lease").until(() -> second.database().number(living) == 0);
        second.signal("CONT");
        awaitFiring("EntenteLeaseLost");
    }

    /** Commits that write rows take one second until the condition is true. */
    void delayCommitsUntil(Wait.Condition<IOException> condition) throws Exception {
        try (Connection connection = first.database().connect()) {
            connection.setAutoCommit(false);
            await("slow commits").until(() -> {
                SqlDatabase.update(connection, "lock table open_transaction in share mode");
                CompletableFuture<?> delayed = purchase(Map.of(), Retry.never());
                Wait.pause(SECOND);
                connection.commit();
                delayed.join();
                return condition.holds();
            });
        }
    }

    /** Shows a page of the console with a damaged row. */
    void causeInternalError() throws Exception {
        first.database()
                .change("insert into bulk_run (id, query, progress) values (gen_random_uuid(), '', 'count0=x')");
        String page = "/transactions/operation?operation=retry&only=parked";
        URL console = URI.create("http://" + first.ready().http() + page).toURL();
        assertThatThrownBy(console::openStream).hasMessageContaining("500");
        first.database().change("delete from bulk_run");
        awaitFiring("EntenteInternalErrors");
    }
}
