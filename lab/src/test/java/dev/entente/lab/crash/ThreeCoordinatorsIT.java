package dev.entente.lab.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.client.Entente;
import dev.entente.client.Filter;
import dev.entente.client.Outcome;
import dev.entente.client.Saga;
import dev.entente.demo.ShopService;
import dev.entente.lab.judge.Books;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.LedgerJudge;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Transfer;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import dev.entente.v1.Pattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import shop.v1.Fault;

/**
 * Three coordinators on one database, and clients that know all of them. One is killed and one stands still while the
 * clients work: every call is answered, every transaction ends, and nothing is done twice.
 */
final class ThreeCoordinatorsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Map<String, String> SHORT_LEASE = Map.of("lease", "3s");
    /** How many pieces of work each client has to end while the coordinators are as they are. */
    private static final int MORE = 3;

    private static Playground playground;
    private static Shop shop;
    private static List<RigCoordinator> coordinators;

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Lane> lanes = new ArrayList<>();
    private final Queue<Claim> claims = new ConcurrentLinkedQueue<>();

    /** One client thread: how much of its work is done, and how it ends. */
    private record Lane(AtomicInteger done, Future<?> end) {}

    /** One piece of a client's work, with a number of its own. */
    private interface Work {
        void doOne(int number) throws Exception;
    }

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        shop = playground.startSmallShop();
        Customers.open(new Books(playground.database()));
        coordinators = new ArrayList<>();
        for (String node : List.of("one", "two", "three")) {
            coordinators.add(playground.startCoordinator(node, 0, 0, shop.targets(), SHORT_LEASE));
        }
    }

    @AfterAll
    static void stop() {
        playground.close();
    }

    @ParameterizedTest(name = "round robin = {0}, stream = {1}")
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void every_call_is_answered_while_one_is_killed_and_one_stands_still(boolean isRotating, boolean isStreaming)
            throws Exception {
        String run = "three-" + isRotating + "-" + isStreaming + "-";
        RigCoordinator killed = coordinators.get(0);
        RigCoordinator stopped = coordinators.get(1);
        try (Entente entente = client(isRotating, isStreaming);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            work(run, entente, threads);
            try {
                awaitMoreOfEach();
                killed.kill();
                awaitMoreOfEach();
                stopped.signal("STOP");
                awaitMoreOfEach();
                stopped.signal("CONT");
                killed.start(Map.of());
                awaitMoreOfEach();
            } finally {
                stopped.signal("CONT");
                isOver.set(true);
            }
            for (Lane lane : lanes) {
                lane.end().get();
            }
            for (Claim claim : claims) {
                assertThat(entente.transactions().await(claim.gid(), PATIENCE)).isInstanceOf(Outcome.Succeeded.class);
            }
        }
        assertDoneOnce(run);
    }

    private void work(String run, Entente entente, ExecutorService threads) {
        for (int i = 0; i < 3; i++) {
            String lane = run + i;
            open(threads, n -> {
                Outcome ended = bought(entente, lane + "-waits-" + n).submitAndWait(PATIENCE);
                assertThat(ended).isInstanceOf(Outcome.Succeeded.class);
            });
            open(threads, n -> {
                String gid = lane + "-goes-" + n;
                bought(entente, gid).submit();
                assertThat(entente.transactions().get(gid).getGid()).isEqualTo(gid);
            });
            open(threads, n -> transfer(entente, lane + "-tcc-" + n));
        }
        open(
                threads,
                n -> assertThat(entente.transactions().list(Filter.all()).limit(3))
                        .hasSizeLessThanOrEqualTo(3));
    }

    private Saga bought(Entente entente, String gid) {
        claims.add(new Claim(gid, Pattern.SAGA, Set.copyOf(Purchase.STEPS), Claim.End.SUCCEEDED));
        return new Purchase(gid, Customers.account(0), Customers.sku(0), 1, 100, Map.of()).saga(entente);
    }

    private void transfer(Entente entente, String gid) {
        claims.add(new Claim(gid, Pattern.TCC, Transfer.BRANCHES, Claim.End.SUCCEEDED));
        Transfer transfer =
                new Transfer(gid, Customers.account(0), Customers.account(1), 1, Fault.getDefaultInstance());
        transfer.begun(entente).execute(scope -> {
            transfer.tryIn(scope, entente);
            return gid;
        });
    }

    private static Entente client(boolean isRotating, boolean isStreaming) {
        String targets = coordinators.stream()
                .map(coordinator -> coordinator.ready().grpc())
                .collect(Collectors.joining(","));
        return Entente.builder(targets).roundRobin(isRotating).stream(isStreaming)
                .participant("account", shop.target(ShopService.ACCOUNT))
                .build();
    }

    /** Works until it is over, or until its first failure, which the lane's end tells. */
    private void open(ExecutorService threads, Work work) {
        AtomicInteger done = new AtomicInteger();
        lanes.add(new Lane(done, threads.submit(() -> {
            for (int n = 0; !isOver.get(); n++) {
                work.doOne(n);
                done.incrementAndGet();
            }
            return null;
        })));
    }

    /** Waits until each lane has done something more, or one has failed. */
    private void awaitMoreOfEach() {
        List<Integer> before = lanes.stream().map(lane -> lane.done().get()).toList();
        Awaitility.await().atMost(PATIENCE).until(() -> {
            boolean hasFailed = lanes.stream().anyMatch(lane -> lane.end().isDone());
            return hasFailed
                    || IntStream.range(0, lanes.size())
                            .allMatch(i -> lanes.get(i).done().get() >= before.get(i) + MORE);
        });
    }

    /** By the ledgers alone: what succeeded is there, and no operation of a branch left two rows. */
    private void assertDoneOnce(String run) throws Exception {
        Books books = new Books(playground.database());
        assertThat(LedgerJudge.of(claims, books.effects(run)).findings()).isEmpty();
        String twice = "select count(*) from (select from ledger where starts_with(gid, ?)"
                + " group by gid, branch, op having count(*) > 1) as twice";
        for (ShopService service :
                List.of(ShopService.ACCOUNT, ShopService.PAYMENT, ShopService.STOCK, ShopService.SHIPPING)) {
            assertThat(books.number(service, twice, run)).as(service.label()).isZero();
            assertThat(books.number(service, "select count(*) from ledger where starts_with(gid, ?)", run))
                    .as(service.label())
                    .isPositive();
        }
    }
}
