package dev.entente.faults.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Outcome;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.faults.load.Fleet;
import dev.entente.rig.ServerJar;
import dev.entente.rig.Wait;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import torture.v1.Behaviour;
import torture.v1.LedgerServiceGrpc;
import torture.v1.MoveRequest;

/** This server beside one that comes after it, which is killed with transactions in its hands. */
@Tag("deep")
@Tag("mixed-versions")
final class MixedVersionsIT {
    private static final int TRANSACTIONS = 10;
    private static final Map<String, String> NEWER = Map.of("JDK_JAVA_OPTIONS", "-Dentente.fault.formatsAhead=1");
    private static final String IS_OLDERS = "owner in (select incarnation from coordinator where node = 'node-1')";

    private final List<String> gids =
            IntStream.range(0, TRANSACTIONS).mapToObj(i -> "mixed-" + i).toList();

    private TortureRig room;
    private Fleet fleet;

    @BeforeEach
    void open() throws Exception {
        room = TortureRig.open(2, Map.of("lease", "20s"), null);
        fleet = new Fleet(room.nodes(), room.ledgers());
    }

    @AfterEach
    void close() {
        fleet.close();
        room.close();
    }

    @Test
    void what_a_newer_server_has_written_waits_for_one_and_is_no_damage() throws Exception {
        strand();

        await("its death is known", "select count(*) from coordinator where node = 'node-2' and dead_at is null", 0);
        assertThat(Wait.until(PatientAwaits.BOUND, () -> isLeftToNewerOnes(gids.getFirst())))
                .isTrue();
        assertThat(number("select count(*) from open_transaction where " + IS_OLDERS))
                .isZero();
        assertThat(number("select count(*) from open_transaction where parked_at is null"))
                .isEqualTo(TRANSACTIONS);

        newer().startUntilReady(System.nanoTime() + PatientAwaits.BOUND.toNanos());
        allSucceed();
    }

    private CoordinatorNode newer() {
        return room.nodes().getLast();
    }

    /** A newer program takes all of them on, calls a participant that does not answer, writes that down, and is killed. */
    private void strand() throws Exception {
        newer().terminate();
        newer().use(ServerJar.find(), NEWER);
        newer().startUntilReady(System.nanoTime() + PatientAwaits.BOUND.toNanos());
        ledger().behave(Behaviour.newBuilder().setMute(true).build());
        for (String gid : gids) {
            assertThat(Wait.until(PatientAwaits.BOUND, () -> isAccepted(gid)))
                    .as(gid)
                    .isTrue();
        }
        await("each is written", "select count(*) from open_transaction where progress is not null", TRANSACTIONS);
        newer().kill();
    }

    private Ledger ledger() {
        return room.ledgers().getFirst();
    }

    private boolean isAccepted(String gid) {
        try {
            submit(gid);
            return true;
        } catch (CoordinatorUnavailable _) {
            return false; // asked again: the machine may be slow
        }
    }

    private boolean isLeftToNewerOnes(String gid) {
        try {
            var _ = fleet.get(0).transactions().abort(gid, "no more");
            return false;
        } catch (EntenteException refused) {
            return String.valueOf(refused.getCause()).contains("ENT-053");
        }
    }

    private void submit(String gid) {
        Entente entente = fleet.get(1);
        MoveRequest request = MoveRequest.newBuilder().setAccount("a-1").build();
        Saga saga = entente.saga("mixed")
                .gid(gid)
                .timeout(Duration.ofSeconds(1))
                .retry(Retry.exponential(Duration.ofMillis(100), Duration.ofMillis(500), 1000));
        saga.step("move", entente.participant(ledger().name()).call(LedgerServiceGrpc.getMoveMethod(), request))
                .nothingToUndo();
        saga.submit();
    }

    private void allSucceed() throws Exception {
        System.out.println("figures: " + TRANSACTIONS + " transactions taken over");
        ledger().behave(Behaviour.getDefaultInstance());
        for (String gid : gids) {
            assertThat(Wait.until(PatientAwaits.BOUND, () -> hasSucceeded(gid)))
                    .as(gid)
                    .isTrue();
        }
    }

    private boolean hasSucceeded(String gid) {
        try {
            return fleet.get(0).transactions().await(gid, Duration.ofSeconds(1)) instanceof Outcome.Succeeded;
        } catch (CoordinatorUnavailable _) {
            return false;
        }
    }

    private void await(String what, String sql, long expected) throws Exception {
        assertThat(Wait.until(PatientAwaits.BOUND, () -> number(sql) == expected))
                .as(what)
                .isTrue();
    }

    private long number(String sql) throws SQLException {
        return room.postgres().ask(TortureRig.COORDINATOR_DATABASE).number(sql);
    }
}
