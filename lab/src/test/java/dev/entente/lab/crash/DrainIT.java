package dev.entente.lab.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.demo.ShopService;
import dev.entente.lab.judge.Books;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Transfer;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import shop.v1.Fault;

/**
 * One of two coordinators is told to end while clients work, and has something to do that takes longer than they are
 * willing to wait: whoever talks to it is served by the other from then on, and notices nothing.
 */
final class DrainIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int SLOW_MS = 4500;
    /** Less than the drain takes: a client may not just wait until the address that it knows first is gone. */
    private static final Duration RETRY_FOR = Duration.ofSeconds(3);

    private static Playground playground;
    private static Shop shop;
    private static RigCoordinator first;
    private static RigCoordinator second;

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicInteger done = new AtomicInteger();

    /** One piece of a client's work, with a number of its own. */
    private interface Work {
        void doOne(int number) throws Exception;
    }

    /** Both addresses, the first one first, as a name with two entries gives them. */
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
        Customers.open(new Books(playground.database()));
        first = playground.startCoordinator("first", 0, 0, shop.targets(), Map.of());
        second = playground.startCoordinator("second", 0, 0, shop.targets(), Map.of());
        NameResolverRegistry.getDefaultRegistry().register(new Both());
    }

    @AfterAll
    static void stop() {
        playground.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_coordinator_that_is_told_to_end_hands_over_without_one_failed_call(boolean isStreaming) throws Exception {
        if (!first.isAlive()) {
            first.start(Map.of());
        }
        String run = "drain-" + isStreaming + "-";
        try (Entente entente = client(isStreaming);
                Entente other = client(isStreaming);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Fault slow = Fault.newBuilder().setDelayMs(SLOW_MS).build();
            purchase(run + "slow", Map.of("charge", slow)).saga(entente).submit();
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> isCharging(entente.transactions().get(run + "slow")));
            List<Future<?>> clients = new ArrayList<>();
            clients.add(client(threads, n -> {
                Outcome ended =
                        purchase(run + "waits-" + n, Map.of()).saga(entente).submitAndWait(PATIENCE);
                assertThat(ended).isInstanceOf(Outcome.Succeeded.class);
            }));
            clients.add(client(
                    threads,
                    n -> purchase(run + "goes-" + n, Map.of()).saga(entente).submit()));
            clients.add(client(threads, n -> entente.transactions().get(run + "slow")));
            clients.add(client(threads, n -> {
                Transfer transfer = new Transfer(
                        run + "tcc-" + n, Customers.account(0), Customers.account(1), 1, Fault.getDefaultInstance());
                transfer.begun(other).execute(scope -> {
                    transfer.tryIn(scope, other);
                    return n;
                });
            }));
            try {
                awaitDone(clients.size() * 5);
                first.signal("TERM");
                int before = done.get();
                assertThat(first.awaitEnd(PATIENCE)).isTrue();
                assertThat(done.get()).as("what was done during the drain").isGreaterThan(before + 20);
                awaitDone(20);
            } finally {
                isOver.set(true);
            }
            for (Future<?> client : clients) {
                client.get();
            }
            assertThat(entente.transactions().await(run + "slow", PATIENCE)).isInstanceOf(Outcome.Succeeded.class);
        }
        Awaitility.await().atMost(PATIENCE).until(() -> second.open().total() == 0);
    }

    private static boolean isCharging(Transaction slow) {
        assertThat(slow.getCoordinator()).isEqualTo("first");
        return slow.getBranchesList().stream()
                .anyMatch(branch -> branch.getId().equals("charge") && branch.getState() == BranchStatus.State.CALLED);
    }

    private static Entente client(boolean isStreaming) {
        return Entente.builder("both:///coordinators").stream(isStreaming)
                .retryFor(RETRY_FOR)
                .callTimeout(Duration.ofSeconds(2))
                .participant("account", shop.target(ShopService.ACCOUNT))
                .build();
    }

    private static Purchase purchase(String gid, Map<String, Fault> faults) {
        return new Purchase(gid, Customers.account(0), Customers.sku(0), 1, 100, faults);
    }

    /** Works until it is over, or until its first failure, which the future tells. */
    private Future<?> client(ExecutorService threads, Work work) {
        return threads.submit(() -> {
            for (int n = 0; !isOver.get(); n++) {
                work.doOne(n);
                done.incrementAndGet();
            }
            return null;
        });
    }

    private void awaitDone(int more) {
        int before = done.get();
        Awaitility.await().atMost(PATIENCE).until(() -> done.get() >= before + more);
    }
}
