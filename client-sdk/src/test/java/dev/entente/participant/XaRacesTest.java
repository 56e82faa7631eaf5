package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.StringValue;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Many branches with duplicate, early and late calls over connections that break. */
class XaRacesTest extends XaFixture {
    private static final int BRANCHES = 15;
    /** A pooler needs some time for a new connection; with more frequent breaks it would never get one. */
    private static final Duration BETWEEN_BREAKS = Duration.ofMillis(10);

    @Test
    void each_branch_ends_as_decided_despite_duplicates_and_broken_connections() throws Exception {
        Random random = new Random(17);
        Random breaks = new Random(18);
        ScheduledExecutorService breaker = Executors.newSingleThreadScheduledExecutor();
        var unused = breaker.scheduleWithFixedDelay(
                () -> breakConnections(breaks), 0, BETWEEN_BREAKS.toMillis(), TimeUnit.MILLISECONDS);
        List<Boolean> decisions = new ArrayList<>();
        try {
            for (int i = 0; i < BRANCHES; i++) {
                boolean isCommitted = random.nextBoolean();
                decisions.add(isCommitted);
                play("t" + i, isCommitted, random);
            }
        } finally {
            breaker.shutdown(); // otherwise it would break the connections of other tests, too
        }
        await().until(breaker::isTerminated);

        for (int i = 0; i < BRANCHES; i++) {
            assertThat(TestDatabase.text(database, "select count(*) from effect where gid = 't" + i + "'"))
                    .as("seed 17, t%d, committed: %s", i, decisions.get(i))
                    .isEqualTo(decisions.get(i) ? "1" : "0");
        }
        assertThat(TestDatabase.text(database, "select count(*) from pg_prepared_xacts where gid like 'ent/t%'"))
                .isEqualTo("0");
    }

    /**
     * Makes the calls of one branch. A commit comes after a successful prepare; a rollback may come before every
     * prepare.
     */
    private void play(String gid, boolean isCommitted, Random random) throws Exception {
        List<Callable<Boolean>> first = new ArrayList<>();
        first.add(() -> prepared(gid));
        first.add(() -> prepared(gid));
        if (!isCommitted && random.nextBoolean()) {
            first.add(() -> rolledBack(gid));
        }
        all(first);
        List<Callable<Boolean>> then = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            then.add(() -> isCommitted ? committed(gid) : rolledBack(gid));
            then.add(() -> prepared(gid));
        }
        all(then);
    }

    private void all(List<Callable<Boolean>> calls) throws Exception {
        for (Future<Boolean> call : threads.invokeAll(calls)) {
            call.get();
        }
    }

    private boolean prepared(String gid) {
        return answered(gid, BranchOp.PREPARE, () -> xa.prepare(NOTHING, connection -> insert(connection, gid)));
    }

    private boolean committed(String gid) {
        return answered(gid, BranchOp.COMMIT, () -> {
            xa.commit();
            return NOTHING;
        });
    }

    private boolean rolledBack(String gid) {
        return answered(gid, BranchOp.ROLLBACK, () -> {
            xa.rollback();
            return NOTHING;
        });
    }

    /** Repeats the call until there is an answer, and returns whether the call succeeded. */
    private static boolean answered(String gid, BranchOp op, Callable<StringValue> call) {
        return await(op + " of " + gid)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> answer(gid, op, call), Optional::isPresent)
                .orElseThrow();
    }

    /** Makes one call, and returns whether it succeeded; empty if the outcome is unknown. */
    private static Optional<Boolean> answer(String gid, BranchOp op, Callable<StringValue> call) throws Exception {
        try {
            Branch.of(gid, "debit", op).call(call);
            return Optional.of(true);
        } catch (Rejection no) {
            assertThat(op)
                    .as("only a prepare may be refused: %s", no.getMessage())
                    .isEqualTo(BranchOp.PREPARE);
            return Optional.of(false);
        } catch (SQLException | InProgress unknown) {
            return Optional.empty();
        }
    }

    /** Ends some of the sessions that run the calls of this test. */
    private void breakConnections(Random random) {
        try {
            TestDatabase.text(database, """
                select pg_terminate_backend(pid) from pg_stat_activity
                where pid <> pg_backend_pid() and query ~ 'entente_barrier|effect|prepare' and hashint4(pid + %d) %% 8 = 0
                """.formatted(random.nextInt(1000)));
        } catch (SQLException ignored) {
            // A pooler may return a connection that was just ended; the next run gets another one.
        }
    }
}
