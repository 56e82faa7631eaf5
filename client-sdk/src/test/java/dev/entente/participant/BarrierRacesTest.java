package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.StringValue;
import dev.entente.backends.PatientAwaits;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Concurrent calls of one branch: a duplicate, an undo and a late forward call, each while another call is running. */
class BarrierRacesTest {
    private static final StringValue NOTHING = StringValue.getDefaultInstance();
    private static final int THREADS = 8;
    private static final int BRANCHES = 150;

    private final DataSource database = TestDatabase.schema("races");
    private final Barrier patient = TestDatabase.barrier().withWait(PatientAwaits.BOUND);
    private final Barrier hasty = TestDatabase.barrier().withWait(Duration.ofMillis(50));
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    @BeforeEach
    void createTables() throws SQLException {
        patient.createTable(database);
        TestDatabase.execute(database, "create table effect (gid text, op text)");
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void a_duplicate_waits_for_the_first_call_and_gets_its_answer() throws Exception {
        Held first = new Held(BranchOp.ACTION);
        Future<StringValue> duplicate = start(patient, BranchOp.ACTION);
        awaitWaiting();
        first.finish();

        assertThat(first.answer().getValue()).isEqualTo("action");
        assertThat(duplicate.get().getValue()).isEqualTo("action");
        assertThat(effects()).isEqualTo("action");
    }

    @Test
    void a_duplicate_that_reaches_its_wait_limit_reports_in_progress() throws Exception {
        Held first = new Held(BranchOp.ACTION);

        assertThat(start(hasty, BranchOp.ACTION))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .withCauseInstanceOf(InProgress.class);
        first.finish();
        assertThat(first.answer().getValue()).isEqualTo("action");
    }

    @Test
    void an_undo_waits_for_its_forward_call_and_runs_after_it() throws Exception {
        Held forward = new Held(BranchOp.ACTION);
        Future<StringValue> undo = start(patient, BranchOp.COMPENSATE);
        awaitWaiting();
        forward.finish();

        assertThat(undo.get().getValue()).isEqualTo("compensate");
        assertThat(effects()).isEqualTo("action,compensate");
    }

    @Test
    void an_undo_after_a_failed_forward_call_refuses_the_repeated_forward_call() throws Exception {
        Held forward = new Held(BranchOp.ACTION);
        Future<StringValue> undo = start(patient, BranchOp.COMPENSATE);
        awaitWaiting();
        forward.fail();

        assertThat(undo.get()).isEqualTo(NOTHING);
        assertThat(start(patient, BranchOp.ACTION))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .withCauseInstanceOf(Rejection.class);
        assertThat(effects()).isEmpty();
    }

    @Test
    void a_late_forward_call_waits_for_the_earlier_undo_and_is_refused() throws Exception {
        try (Connection undoing = database.getConnection()) {
            undoing.setAutoCommit(false);
            branch("order", BranchOp.COMPENSATE).call(() -> patient.run(undoing, NOTHING, same -> NOTHING));
            Future<StringValue> late = start(patient, BranchOp.ACTION);
            awaitWaiting();
            undoing.commit();

            assertThat(late)
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .withCauseInstanceOf(Rejection.class);
        }
        assertThat(effects()).isEmpty();
    }

    @Test
    void a_late_forward_call_runs_after_the_rollback_of_the_earlier_undo() throws Exception {
        try (Connection undoing = database.getConnection()) {
            undoing.setAutoCommit(false);
            branch("order", BranchOp.COMPENSATE).call(() -> patient.run(undoing, NOTHING, same -> NOTHING));
            Future<StringValue> late = start(patient, BranchOp.ACTION);
            awaitWaiting();
            undoing.rollback();

            assertThat(late.get().getValue()).isEqualTo("action");
        }
    }

    @Test
    void a_completion_never_runs_during_its_forward_call() throws Exception {
        Held forward = new Held(BranchOp.TRY);

        assertThat(start(hasty, BranchOp.CONFIRM))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .withCauseInstanceOf(InProgress.class);
        forward.finish();
        assertThat(forward.answer().getValue()).isEqualTo("try");
        assertThat(start(hasty, BranchOp.CONFIRM).get().getValue()).isEqualTo("confirm");
    }

    /**
     * Makes forward calls and undos of many branches several times each, in random order on many threads; some calls
     * fail and some are rejected. Each takes effect at most once, no undo takes effect without its forward call, and
     * the stored verdicts match the effects.
     */
    @Test
    void calls_in_any_order_execute_and_undo_each_branch_at_most_once() throws Exception {
        long seed = Long.getLong("entente.test.seed", 7);
        Random random = new Random(seed);
        List<Callable<String>> calls = new ArrayList<>();
        for (int i = 0; i < BRANCHES; i++) {
            String gid = "order-" + i;
            boolean hasUndo = random.nextInt(3) > 0;
            for (int call = 0; call < (hasUndo ? 5 : 3); call++) {
                BranchOp op = call < 3 ? BranchOp.ACTION : BranchOp.COMPENSATE;
                int fate = random.nextInt(4);
                calls.add(() -> attempt(gid, op, fate));
            }
        }
        Collections.shuffle(calls, random);
        List<Future<String>> ended = threads.invokeAll(calls);

        assertThat(ended)
                .as("seed %d", seed)
                .allSatisfy(call -> assertThat(call.get()).isNotEmpty());
        assertThat(count(
                        "select count(*) from (select gid, op from effect group by gid, op having count(*) > 1) twice"))
                .as("seed %d", seed)
                .isZero();
        assertThat(count("select count(*) from effect u where op = 'compensate' and not exists (select 1 from"
                        + " effect a where a.gid = u.gid and a.op = 'action')"))
                .as("seed %d", seed)
                .isZero();
        assertThat(count("""
            select count(*) from entente_barrier f where f.op = 'action' and (f.verdict = 'done')
              <> exists (select 1 from effect a where a.gid = f.gid and a.op = 'action')
            """)).as("seed %d", seed).isZero();
        assertThat(count("""
            select count(*) from entente_barrier u join entente_barrier f on f.gid = u.gid and f.op = 'action'
            where u.op = 'compensate' and (f.verdict = 'done')
              <> exists (select 1 from effect c where c.gid = u.gid and c.op = 'compensate')
            """)).as("seed %d", seed).isZero();
    }

    /** Makes one call as a coordinator does: repeats the call while it is in progress. */
    private String attempt(String gid, BranchOp op, int fate) throws Exception {
        while (true) {
            try {
                return branch(gid, op)
                        .call(() -> hasty.run(database, StringValue.of("undone"), connection -> work(connection, fate)))
                        .getValue();
            } catch (InProgress again) {
                // Repeats the call at once: each call waits for the database.
            } catch (Rejection rejected) {
                return rejected.code();
            } catch (IllegalStateException defect) {
                return "failed";
            }
        }
    }

    private static StringValue work(Connection connection, int fate) throws SQLException {
        Branch branch = Branch.required();
        try (PreparedStatement insert = connection.prepareStatement("insert into effect values (?, ?)")) {
            insert.setString(1, branch.gid());
            insert.setString(2, branch.op().text());
            insert.executeUpdate();
        }
        if (fate == 0) {
            throw new IllegalStateException("a defect");
        }
        if (fate == 1 && branch.op() == BranchOp.ACTION) {
            throw new Rejection("NO", "not today");
        }
        return StringValue.of(branch.op().text());
    }

    private Future<StringValue> start(Barrier barrier, BranchOp op) {
        return threads.submit(() ->
                branch("order", op).call(() -> barrier.run(database, NOTHING, connection -> work(connection, 3))));
    }

    /** Waits until a call waits for the key of another call. */
    private void awaitWaiting() {
        String waiting = TestDatabase.sql(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like"
                        + " '%entente_barrier%'",
                "select count(*) from information_schema.innodb_trx where trx_state = 'LOCK WAIT'");
        // InnoDB refreshes its list of lock waits only if the list was not read for a tenth of a second.
        await().pollInterval(Duration.ofMillis(300)).until(() -> count(waiting) > 0);
    }

    private String effects() throws SQLException {
        return TestDatabase.text(
                database,
                TestDatabase.sql(
                        "select coalesce(string_agg(op, ',' order by op), '') from effect",
                        "select coalesce(group_concat(op order by op), '') from effect"));
    }

    private int count(String sql) throws SQLException {
        return Integer.parseInt(TestDatabase.text(database, sql));
    }

    private static Branch branch(String gid, BranchOp op) {
        return Branch.of(gid, "reserve", op);
    }

    /** A call that has run its body and has not committed yet. */
    private final class Held {
        private final CompletableFuture<Boolean> willFail = new CompletableFuture<>();
        private final Future<StringValue> running;

        Held(BranchOp op) throws InterruptedException {
            CountDownLatch started = new CountDownLatch(1);
            running = threads.submit(() -> branch("order", op)
                    .call(() -> patient.run(database, NOTHING, connection -> {
                        StringValue done = work(connection, 3);
                        started.countDown();
                        if (willFail.join()) {
                            throw new IllegalStateException("a defect");
                        }
                        return done;
                    })));
            started.await();
        }

        void finish() {
            willFail.complete(false);
        }

        void fail() {
            willFail.complete(true);
        }

        StringValue answer() throws Exception {
            return running.get();
        }
    }
}
