package dev.entente.stories.packages;

import static org.awaitility.Awaitility.await;

import dev.entente.backends.LoopbackPorts;
import dev.entente.client.Entente;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.Playground;
import dev.entente.rig.Shop;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.plans.HeldCalls;
import dev.entente.stories.plans.Purchase;
import dev.entente.v1.BranchStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The database and the participants of packaged coordinators. They run outside of the coordinators' file system. */
final class OutsideServices implements AutoCloseable {
    private final Playground playground;
    private final Shop shop;

    private OutsideServices(Playground playground, Shop shop) {
        this.playground = playground;
        this.shop = shop;
    }

    /** Blocks until the services are ready. */
    static OutsideServices start() throws Exception {
        Playground playground = Playground.open();
        Shop shop = playground.startSmallShop();
        Customers.open(new Databases(playground.database()));
        return new OutsideServices(playground, shop);
    }

    /** Returns the settings of a coordinator. The ports are fixed, because a restart must use the same ports. */
    Map<String, String> settings(String node) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("node", node);
        settings.put("grpc.port", Integer.toString(LoopbackPorts.next()));
        settings.put("http.port", Integer.toString(LoopbackPorts.next()));
        settings.put("database.url", playground.database().url(Playground.COORDINATOR_DATABASE));
        settings.put("database.user", EmbeddedDatabase.USER);
        settings.put("drain", "1s");
        return settings;
    }

    /** Returns the lines of the configuration file that name the participants. */
    List<String> participants() {
        return shop.targets().entrySet().stream()
                .map(entry -> "participants." + entry.getKey() + ".target: " + entry.getValue())
                .toList();
    }

    /** Submits a purchase, and blocks until the participant holds the charge. */
    static void submit(Entente entente, String gid, HeldCalls held) {
        new Purchase(gid, Customers.account(0), Customers.sku(0), 1, 100, Map.of("charge", held.fault()))
                .saga(entente)
                .timeout(Duration.ofHours(1))
                .submit();
        await().until(() -> entente.transactions().get(gid).getBranchesList().stream()
                .anyMatch(branch -> branch.getId().equals("charge") && branch.getState() == BranchStatus.State.CALLED));
    }

    @Override
    public void close() {
        playground.close();
    }
}
