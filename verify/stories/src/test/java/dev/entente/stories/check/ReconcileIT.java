package dev.entente.stories.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.demo.ShopService;
import dev.entente.rig.Ended;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.stories.CommandRun;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.plans.Purchase;
import dev.entente.stories.plans.Transfer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import shop.v1.Fault;

/**
 * Tests of {@code entente reconcile} (once from the built jar) and {@code participant check} against the demo's
 * participants.
 */
final class ReconcileIT {

    @Test
    void reconcile_reports_exactly_the_tampered_barrier_rows() throws Exception {
        try (Playground playground = Playground.open()) {
            Shop shop = playground.startSmallShop();
            RigCoordinator coordinator = playground.startCoordinator("reconcile", 0, 0, shop.targets(), Map.of());
            run(coordinator);
            String[] reconcile = {
                "reconcile",
                "--target",
                coordinator.ready().grpc(),
                "--participant",
                "stock=" + shop.target(ShopService.STOCK),
                "-o",
                "json"
            };
            CommandRun clean = CommandRun.of(reconcile);
            assertThat(clean.exit()).describedAs(clean.output()).isZero();
            JsonObject all = json(clean);
            assertThat(all.get("transactions").getAsInt()).isEqualTo(3);
            assertThat(all.get("rows").getAsInt()).isGreaterThan(8);
            assertThat(all.getAsJsonArray("differences")).isEmpty();

            tamper(new Databases(playground.database()));
            Ended tampered = Ended.entente(reconcile);
            assertThat(tampered.exit()).describedAs(tampered.output()).isEqualTo(1);
            assertThat(differences(tampered.out()))
                    .containsExactlyInAnyOrder(
                            "buy-1 reserve DONE_HERE_UNKNOWN_THERE",
                            "buy-1 ship DONE_HERE_UNDONE_THERE",
                            "buy-2 reserve UNDONE_HERE_DONE_THERE",
                            "move-1 debit COMPLETED_HERE_NOT_THERE",
                            "stranger  UNKNOWN_GID");
        }
    }

    private static void run(RigCoordinator coordinator) throws Exception {
        try (Entente entente = Entente.builder(coordinator.ready().grpc()).build()) {
            Fault no = Fault.newBuilder().setReject("NOT_TODAY").build();
            new Purchase("buy-1", "alice", "A-1", 1, 10, Map.of()).saga(entente).submitAndWait(PatientAwaits.BOUND);
            new Purchase("buy-2", "alice", "A-1", 1, 10, Map.of("ship", no))
                    .saga(entente)
                    .submitAndWait(PatientAwaits.BOUND);
            new Transfer("move-1", "alice", "bob", 5, Fault.getDefaultInstance())
                    .declared(entente)
                    .submitAndWait(PatientAwaits.BOUND);
        }
    }

    private static void tamper(Databases databases) throws Exception {
        databases.change(ShopService.STOCK, "delete from entente_barrier where gid = 'buy-1' and branch = 'reserve'");
        databases.change(ShopService.SHIPPING, "update entente_barrier set verdict = 'undone' where gid = 'buy-1'");
        databases.change(ShopService.STOCK, "delete from entente_barrier where gid = 'buy-2' and op = 'compensate'");
        databases.change(
                ShopService.ACCOUNT,
                "delete from entente_barrier where gid = 'move-1' and branch = 'debit' and op = 'confirm'");
        databases.change(
                ShopService.STOCK,
                "insert into entente_barrier (gid, branch, op, verdict, fence) values ('stranger', 'a', 'action',"
                        + " 'done', 0)");
    }

    private static List<String> differences(String out) {
        List<String> found = new ArrayList<>();
        for (JsonElement each : JsonParser.parseString(out).getAsJsonObject().getAsJsonArray("differences")) {
            JsonObject difference = each.getAsJsonObject();
            found.add(difference.get("gid").getAsString() + " "
                    + difference.get("branch").getAsString() + " "
                    + difference.get("kind").getAsString());
        }
        return found;
    }

    @Test
    void the_contract_check_passes_the_demos_stock_and_fails_a_stub_without_effect() throws Exception {
        try (Playground playground = Playground.open()) {
            CommandRun honest = check(playground, playground.startSmallShop());
            assertThat(honest.exit()).describedAs(honest.output()).isZero();
            assertThat(verdicts(honest))
                    .describedAs("nine promises, by calls and over the stream")
                    .hasSize(18)
                    .containsOnly("HOLDS");
            assertThat(json(honest).get("broken").getAsInt()).isZero();

            Set<ShopService> stock = Set.of(ShopService.STOCK);
            CommandRun stub = check(playground, playground.startShop(stock, stock, false));
            assertThat(stub.exit()).describedAs(stub.output()).isEqualTo(1);
            assertThat(json(stub).get("broken").getAsLong())
                    .isPositive()
                    .isEqualTo(verdicts(stub).stream().filter("BROKEN"::equals).count());
        }
    }

    private static CommandRun check(Playground playground, Shop shop) throws Exception {
        Path plan = Files.writeString(playground.folder().resolve("plan.json"), """
            {"name": "check", "saga": {"steps": [{"id": "reserve",
              "action": {"grpc": "stock/shop.v1.StockService/Reserve", "json": {"sku": "A-1", "quantity": 1}},
              "compensate": {"grpc": "stock/shop.v1.StockService/Release",
                "bind": [{"from": "reserve", "from_path": "reservation_id", "to_path": "reservation_id"}]}}]}}
            """);
        return CommandRun.of(
                "participant",
                "check",
                "--plan",
                plan.toString(),
                "--participant",
                "stock=" + shop.target(ShopService.STOCK),
                "--jdbc",
                playground.database().url(ShopService.STOCK.databaseName()),
                "--query",
                "select on_hand, reserved from stock where sku = 'A-1'",
                "-o",
                "json");
    }

    private static List<String> verdicts(CommandRun check) {
        return json(check).getAsJsonArray("findings").asList().stream()
                .map(finding -> finding.getAsJsonObject().get("verdict").getAsString())
                .toList();
    }

    private static JsonObject json(CommandRun run) {
        return JsonParser.parseString(run.output()).getAsJsonObject();
    }
}
