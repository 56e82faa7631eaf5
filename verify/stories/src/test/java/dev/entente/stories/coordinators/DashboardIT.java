package dev.entente.stories.coordinators;

import static dev.entente.stories.coordinators.DashboardPanel.STEP;
import static dev.entente.stories.coordinators.MonitoredShop.DEPLOY;
import static dev.entente.stories.coordinators.MonitoredShop.REJECTED;
import static dev.entente.stories.coordinators.MonitoredShop.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.entente.backends.PrometheusServer;
import dev.entente.client.Retry;
import dev.entente.demo.ShopService;
import dev.entente.rig.Ended;
import dev.entente.rig.Playground;
import dev.entente.rig.Shop;
import dev.entente.rig.Wait;
import dev.entente.stories.coordinators.DashboardPanel.Line;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import shop.v1.Fault;

/** Runs the queries of deploy/grafana in a real Prometheus, after a load with faults. */
@Tag("deep")
@Tag("dashboard")
final class DashboardIT {
    private static final Path PICTURE = DEPLOY.resolveSibling("docs/images/dashboard.svg");
    private static final Set<ShopService> SERVICES = EnumSet.range(ShopService.ORDER, ShopService.SHIPPING);

    @TempDir
    private static Path folder;

    /** Writes the picture of the documentation with {@code -Dentente.docs.write=true}. */
    @Test
    void each_expression_of_each_panel_returns_a_finite_value() throws Exception {
        PrometheusServer.PROGRAM.require();
        try (Playground playground = Playground.open();
                ScheduledExecutorService load = Executors.newScheduledThreadPool(1)) {
            Shop shop = playground.startShop(SERVICES, Set.of(), false);
            MonitoredShop monitored = new MonitoredShop(playground, shop, folder);
            AtomicInteger number = new AtomicInteger();
            load.scheduleAtFixedRate(() -> submit(monitored, number.incrementAndGet()), 0, 100, TimeUnit.MILLISECONDS);
            Wait.pause(SECOND.multipliedBy(15)); // until the programs are compiled
            Instant start = Instant.now();
            causeFaults(shop, monitored);
            load.shutdownNow();
            Instant end = Instant.now();

            List<String> withoutValue = new ArrayList<>();
            Map<DashboardPanel, List<Line>> lines = new LinkedHashMap<>();
            for (DashboardPanel panel : DashboardPanel.read(DEPLOY.resolve("grafana/entente.json"))) {
                List<Line> ofPanel = new ArrayList<>();
                lines.put(panel, ofPanel);
                for (JsonObject query : panel.queries()) {
                    String expression = DashboardPanel.expression(query);
                    String response = monitored.prometheus.range(expression, start, end, STEP);
                    if (!ofPanel.addAll(DashboardPanel.lines(query, named(response, monitored)))) {
                        withoutValue.add(panel.text("title") + ": " + expression);
                    }
                }
            }
            assertThat(withoutValue).isEmpty();
            if (Boolean.getBoolean("entente.docs.write")) {
                Files.writeString(PICTURE, DashboardDrawing.of(lines, start, end));
            }
        }
    }

    /** Returns the response with the names of the coordinators instead of their addresses. */
    private static String named(String response, MonitoredShop monitored) {
        return response.replace(monitored.first.ready().http(), "first")
                .replace(monitored.second.ready().http(), "second");
    }

    private static void submit(MonitoredShop monitored, int number) {
        Fault threeTimes = Fault.newBuilder().setFailTimes(3).build();
        Map<String, Fault> faults = switch (number % 50) {
            case 9, 29 -> Map.of("charge", REJECTED);
            case 19 -> Map.of("add-points", REJECTED, "refund", threeTimes);
            case 39 -> Map.of("ship", threeTimes);
            default -> Map.of();
        };
        monitored.purchase(faults, Retry.fixed(SECOND, 100));
    }

    private static void causeFaults(Shop shop, MonitoredShop monitored) throws Exception {
        Wait.pause(SECOND.multipliedBy(15));
        shop.kill(ShopService.STOCK);
        monitored.awaitFiring("EntenteParticipantUnresponsive");
        shop.restart(ShopService.STOCK);
        Wait.pause(SECOND.multipliedBy(5));
        monitored.stopSecondUntilItsLeaseIsLost();
        Instant slow = Instant.now().plusSeconds(8);
        monitored.delayCommitsUntil(() -> Instant.now().isAfter(slow));
        monitored.causeInternalError();
        monitored.first.database().change("alter table open_transaction rename to renamed");
        Wait.pause(SECOND.multipliedBy(5));
        monitored.first.database().change("alter table renamed rename to open_transaction");
        monitored.parkPurchase();
        String target = monitored.first.ready().grpc();
        assertThat(Ended.entente("tx", "describe", "unknown", "--target", target)
                        .exit())
                .isNotZero();
        Wait.pause(SECOND.multipliedBy(15));
    }
}
