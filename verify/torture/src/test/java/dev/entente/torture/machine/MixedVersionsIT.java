package dev.entente.torture.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Outcome;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.rig.Wait;
import dev.entente.torture.load.Fleet;
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

/**
 * Two coordinators. One coordinator writes rows in the format of a later version, which the other coordinator cannot
 * read.
 */
@Tag("deep")
@Tag("mixed-versions")
final class MixedVersionsIT {
    private static final int TRANSACTIONS = 10;
    private static final String IS_OLDERS = "owner in (select incarnation from coordinator where node = 'node-1')";

    private final List<String> gids =
            IntStream.range(0, TRANSACTIONS).mapToObj(i -> "mixed-" + i).toList();

    private TortureRig rig;
    private Fleet fleet;

    @BeforeEach
    void open() throws Exception {
        rig = TortureRig.open(2, Map.of("lease", "20s"), null);
        fleet = new Fleet(rig.nodes(), rig.ledgers());
    }

    @AfterEach
    void close() {
        fleet.close();
        rig.close();
    }

    @Test
    void rows_of_a_later_format_wait_unowned_and_are_not_parked() throws Exception {
        leaveNewerRows();

        await("its death is known", "select count(*) from coordinator where node = 'node-2' and dead_at is null", 0);
        assertThat(Wait.until(PatientAwaits.BOUND, () -> isLeftToNewerOnes(gids.getFirst())))
                .isTrue();
        assertThat(number("select count(*) from open_transaction where " + IS_OLDERS))
                .isZero();
        assertThat(number("select count(*) from open_transaction where parked_at is null"))
                .isEqualTo(TRANSACTIONS);

        writeFormat("format - 1");
        allSucceed();
    }

    /** Changes the format of every row, like a server of another version would write the rows. */
    private void writeFormat(String sql) throws SQLException {
        rig.postgres().ask(TortureRig.COORDINATOR_DATABASE).change("update open_transaction set format = " + sql);
    }

    private CoordinatorNode newer() {
        return rig.nodes().getLast();
    }

    /**
     * Leaves rows of a later format: the second coordinator accepts all transactions, calls a participant without a
     * response, stores the progress and is killed. Before the change of the format, the coordinator is stopped, so that
     * the other coordinator cannot read the rows earlier.
     */
    private void leaveNewerRows() throws Exception {
        ledger().behave(Behaviour.newBuilder().setMute(true).build());
        for (String gid : gids) {
            assertThat(Wait.until(PatientAwaits.BOUND, () -> isAccepted(gid)))
                    .as(gid)
                    .isTrue();
        }
        await("each is written", "select count(*) from open_transaction where progress is not null", TRANSACTIONS);
        newer().stop();
        writeFormat("format + 1");
        newer().kill();
    }

    private Ledger ledger() {
        return rig.ledgers().getFirst();
    }

    private boolean isAccepted(String gid) {
        try {
            submit(gid);
            return true;
        } catch (CoordinatorUnavailable _) {
            return false; // repeated: the machine may be slow
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
        System.out.println("figures: " + TRANSACTIONS + " transactions that ended once their format was readable");
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

    private void await(String condition, String sql, long expected) throws Exception {
        assertThat(Wait.until(PatientAwaits.BOUND, () -> number(sql) == expected))
                .as(condition)
                .isTrue();
    }

    private long number(String sql) throws SQLException {
        return rig.postgres().ask(TortureRig.COORDINATOR_DATABASE).number(sql);
    }
}
