package dev.entente.lab.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import shop.v1.Fault;

/**
 * Three coordinators on one database, and clients that know all of them. One is killed and one stands still while the
 * clients work: every call is answered, every transaction ends, and nothing is done twice.
 */
final class ThreeCoordinatorsIT {
    /** How many pieces of work each client has to end while the coordinators are as they are. */
    private static final int MORE = 3;

    private static Playground playground;
    private static Shop shop;
    private static List<RigCoordinator> coordinators;

    private final Queue<Claim> claims = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        shop = playground.startSmallShop();
        Customers.open(new Books(playground.database()));
        coordinators = new ArrayList<>();
        for (String node : List.of("one", "two", "three")) {
            coordinators.add(playground.startCoordinator(node, 0, 0, shop.targets(), Map.of()));
        }
    }

    @AfterAll
    static void stop() {
        playground.close();
    }

    @Test
    void every_call_is_answered_while_one_is_killed_and_one_stands_still() throws Exception {
        strike(true, true, true, 1);
    }

    /** Takeovers are by leases that end in real time. */
    @Tag("deep")
    @Tag("coordinators")
    @ParameterizedTest(name = "round robin = {0}, stream = {1}")
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void no_client_notices_whatever_it_is_like(boolean isRotating, boolean isStreaming) throws Exception {
        strike(isRotating, isStreaming, false, 3);
    }

    /** Strikes while so many clients of each kind work, as fast as they are answered. */
    private void strike(boolean isRotating, boolean isStreaming, boolean isDeclared, int ofEach) throws Exception {
        String run = "three-" + isRotating + "-" + isStreaming + "-" + isDeclared + "-";
        RigCoordinator killed = coordinators.get(0);
        RigCoordinator stopped = coordinators.get(1);
        try (Entente entente = client(isRotating, isStreaming);
                ClientLanes lanes = new ClientLanes()) {
            work(run, entente, lanes, ofEach);
            try {
                lanes.awaitMoreOfEach(MORE);
                killed.kill();
                declareDead(isDeclared, killed);
                lanes.awaitMoreOfEach(MORE);
                stopped.signal("STOP");
                declareDead(isDeclared, stopped);
                lanes.awaitMoreOfEach(MORE);
                stopped.signal("CONT");
                killed.start(Map.of());
                lanes.awaitMoreOfEach(MORE);
            } finally {
                stopped.signal("CONT");
            }
            lanes.end();
            for (Claim claim : claims) {
                assertThat(entente.transactions().await(claim.gid(), PatientAwaits.BOUND))
                        .isInstanceOf(Outcome.Succeeded.class);
            }
        }
        assertDoneOnce(run);
    }

    private static void declareDead(boolean isDeclared, RigCoordinator coordinator) throws Exception {
        if (isDeclared) {
            coordinator.declareDead();
        }
    }

    private void work(String run, Entente entente, ClientLanes lanes, int ofEach) {
        for (int i = 0; i < ofEach; i++) {
            String lane = run + i;
            lanes.open(n -> {
                Outcome ended = bought(entente, lane + "-waits-" + n).submitAndWait(PatientAwaits.BOUND);
                assertThat(ended).isInstanceOf(Outcome.Succeeded.class);
            });
            lanes.open(n -> {
                String gid = lane + "-goes-" + n;
                bought(entente, gid).submit();
                assertThat(entente.transactions().get(gid).getGid()).isEqualTo(gid);
            });
            lanes.open(n -> transfer(entente, lane + "-tcc-" + n));
        }
        lanes.open(n ->
                assertThat(entente.transactions().list(Filter.all()).limit(3)).hasSizeLessThanOrEqualTo(3));
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
