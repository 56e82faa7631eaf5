package dev.entente.stories.coordinators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.demo.ShopService;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.plans.HeldCalls;
import dev.entente.stories.plans.Purchase;
import dev.entente.stories.plans.Transfer;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.StatusOr;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import shop.v1.Fault;

/**
 * Stops one of two coordinators while clients work and a held call delays the end of the drain. The other coordinator
 * serves all clients from then on without a failed call.
 */
final class DrainIT {
    /** The number of pieces of work that each client must finish while the coordinator drains. */
    private static final int MORE = 5;
    /** The drain lasts until the held call is released. */
    private static final Map<String, String> PATIENT = Map.of("drain", "1h", "lease", "30s");

    private static Playground playground;
    private static Shop shop;
    private static RigCoordinator first;
    private static RigCoordinator second;

    /** Resolves a name to both addresses, the first coordinator first, like a DNS name with two entries. */
    private static final class Both extends NameResolverProvider {
        @Override
        protected boolean isAvailable() {
            return true;
        }

        @Override
        protected int priority() {
            return 5;
        }

        @Override
        public String getDefaultScheme() {
            return "both";
        }

        @Override
        public NameResolver newNameResolver(URI target, NameResolver.Args args) {
            return new NameResolver() {
                @Override
                public String getServiceAuthority() {
                    return "localhost";
                }

                @Override
                public void start(Listener2 listener) {
                    listener.onResult(ResolutionResult.newBuilder()
                            .setAddressesOrError(StatusOr.fromValue(List.of(addressOf(first), addressOf(second))))
                            .build());
                }

                @Override
                public void shutdown() {}
            };
        }

        private static EquivalentAddressGroup addressOf(RigCoordinator coordinator) {
            URI address = URI.create("grpc://" + coordinator.ready().grpc());
            return new EquivalentAddressGroup(new InetSocketAddress(address.getHost(), address.getPort()));
        }
    }

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        shop = playground.startSmallShop();
        Customers.open(new Databases(playground.database()));
        first = playground.startCoordinator("first", 0, 0, shop.targets(), PATIENT);
        second = playground.startCoordinator("second", 0, 0, shop.targets(), PATIENT);
        NameResolverRegistry.getDefaultRegistry().register(new Both());
    }

    @AfterAll
    static void stop() {
        playground.close();
    }

    @Test
    void a_stopping_coordinator_hands_over_without_a_failed_call() throws Exception {
        assertHandover(true);
    }

    @Test
    @Tag("deep")
    @Tag("coordinators")
    void a_stopping_coordinator_also_hands_over_clients_without_streams() throws Exception {
        assertHandover(false);
    }

    private static void assertHandover(boolean isStreaming) throws Exception {
        if (!first.isAlive()) {
            first.start(Map.of());
        }
        String run = "drain-" + isStreaming + "-";
        try (Entente entente = client(isStreaming);
                Entente other = client(isStreaming);
                HeldCalls held = HeldCalls.hold();
                ClientQueues queues = new ClientQueues()) {
            purchase(run + "slow", Map.of("charge", held.fault()))
                    .saga(entente)
                    .timeout(Duration.ofHours(1))
                    .submit();
            Awaitility.await().until(() -> isCharging(entente.transactions().get(run + "slow")));
            work(run, entente, other, queues);
            queues.awaitMoreOfEach(MORE);
            first.signal("TERM");
            queues.awaitMoreOfEach(MORE);
            assertThat(first.isAlive())
                    .as("it drains as long as the call is held")
                    .isTrue();
            held.release();
            assertThat(first.awaitEnd(PatientAwaits.BOUND)).isTrue();
            queues.awaitMoreOfEach(MORE);
            queues.finish();
            assertThat(entente.transactions().await(run + "slow", PatientAwaits.BOUND))
                    .isInstanceOf(Outcome.Succeeded.class);
        }
        Awaitility.await().until(() -> second.open().total() == 0);
    }

    private static void work(String run, Entente entente, Entente other, ClientQueues queues) {
        queues.open(n -> {
            Outcome outcome =
                    purchase(run + "waits-" + n, Map.of()).saga(entente).submitAndWait(PatientAwaits.BOUND);
            assertThat(outcome).isInstanceOf(Outcome.Succeeded.class);
        });
        queues.open(n -> purchase(run + "goes-" + n, Map.of()).saga(entente).submit());
        queues.open(n -> entente.transactions().get(run + "slow"));
        queues.open(n -> {
            Transfer transfer = new Transfer(
                    run + "tcc-" + n, Customers.account(0), Customers.account(1), 1, Fault.getDefaultInstance());
            transfer.begun(other).execute(scope -> {
                transfer.tryIn(scope, other);
                return n;
            });
        });
    }

    private static boolean isCharging(Transaction slow) {
        assertThat(slow.getCoordinator()).isEqualTo("first");
        return slow.getBranchesList().stream()
                .anyMatch(branch -> branch.getId().equals("charge") && branch.getState() == BranchStatus.State.CALLED);
    }

    private static Entente client(boolean isStreaming) {
        return Entente.builder("both:///coordinators").stream(isStreaming)
                .participant("account", shop.target(ShopService.ACCOUNT))
                .build();
    }

    private static Purchase purchase(String gid, Map<String, Fault> faults) {
        return new Purchase(gid, Customers.account(0), Customers.sku(0), 1, 100, faults);
    }
}
