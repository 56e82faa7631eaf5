package dev.entente.stories.console;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Retry;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.plans.Purchase;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import shop.v1.Fault;

/** A coordinator of the built jar with its database, the shop's services and a client. */
record ConsoleSite(Playground playground, Shop shop, RigCoordinator coordinator, Entente entente)
        implements AutoCloseable {
    private static final int ATTEMPTS = 2;

    /** Starts all processes. Blocks. */
    static ConsoleSite start() throws Exception {
        Playground playground = Playground.open();
        Shop shop = playground.startSmallShop();
        Customers.open(new Databases(playground.database()));
        RigCoordinator coordinator = playground.startCoordinator("console", 0, 0, shop.targets(), Map.of());
        Entente.Builder client = Entente.builder(coordinator.ready().grpc()).retryFor(PatientAwaits.BOUND);
        shop.targets().forEach(client::participant);
        return new ConsoleSite(playground, shop, coordinator, client.build());
    }

    /** Returns the URL of a page of the console. */
    String url(String page) {
        return "http://" + coordinator.ready().http() + "/" + page;
    }

    /**
     * Submits a purchase that parks at its last step and that a retry completes. Blocks until the purchase is parked.
     */
    void park(String gid) {
        park(entente, gid);
    }

    /** Submits a purchase like {@link #park(String)}, with any client. */
    static void park(Entente entente, String gid) {
        Fault broken = Fault.newBuilder().setFailTimes(ATTEMPTS).build();
        new Purchase(gid, Customers.account(0), Customers.sku(0), 1, 900, Map.of("ship", broken))
                .saga(entente)
                .retry(Retry.fixed(Duration.ofMillis(1), ATTEMPTS))
                .submit();
        Awaitility.await(gid + " to be parked")
                .until(() -> entente.transactions().get(gid).hasParked());
    }

    @Override
    public void close() {
        entente.close();
        playground.close();
    }
}
