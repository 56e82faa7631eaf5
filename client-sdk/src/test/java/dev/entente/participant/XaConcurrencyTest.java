package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.StringValue;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Concurrent prepares and rollbacks of one branch. */
class XaConcurrencyTest extends XaFixture {
    @Test
    void a_repeated_prepare_does_not_wait_for_the_prepared_transaction() throws Exception {
        XaParticipant patient = XaParticipant.of(Barrier.postgres().withWait(Duration.ofMinutes(10)), database);
        Branch branch = Branch.of("t1", "debit", BranchOp.PREPARE);
        branch.call(() -> patient.prepare(NOTHING, connection -> insert(connection, "t1")));

        Future<StringValue> again = threads.submit(() ->
                branch.withAttempt(2).call(() -> patient.prepare(NOTHING, connection -> insert(connection, "t1"))));

        assertThat(again.get()).isEqualTo(NOTHING);
        commit("t1");
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_rollback_waits_for_a_running_prepare_and_rolls_it_back() throws Exception {
        Held held = new Held("t1");
        // The rollback waits for its complete limit, because the prepared transaction keeps its locks. After the wait
        // the rollback finds the prepared transaction.
        XaParticipant patient = XaParticipant.of(Barrier.postgres().withWait(Duration.ofSeconds(10)), database);
        Future<Object> rollback = threads.submit(() -> call("t1", BranchOp.ROLLBACK, () -> {
            patient.rollback();
            return "rolled back";
        }));
        awaitWaiting();
        held.finish();

        assertThat(held.answer().getValue()).isEqualTo("prepared");
        assertThat(rollback.get()).isEqualTo("rolled back");
        assertThat(prepared()).isEmpty();
        assertThat(effects()).isEqualTo("0");
        assertThatThrownBy(() -> prepare("t1")).isInstanceOf(Rejection.class);
    }

    @Test
    void a_rollback_that_reaches_its_wait_limit_reports_in_progress() throws Exception {
        Held held = new Held("t1");
        assertThatThrownBy(() -> rollback("t1")).isInstanceOf(InProgress.class);
        assertThatThrownBy(() -> prepare("t1")).as("not prepared yet").isInstanceOf(InProgress.class);
        held.finish();
        held.answer();

        rollback("t1");

        assertThat(prepared()).isEmpty();
    }

    /** A prepare whose body has started and waits. */
    private final class Held {
        private final CountDownLatch hold = new CountDownLatch(1);
        private final CompletableFuture<Boolean> isHeld = new CompletableFuture<>();
        private final Future<StringValue> future;

        Held(String gid) throws Exception {
            future = threads.submit(() -> call(
                    gid,
                    BranchOp.PREPARE,
                    () -> xa.prepare(NOTHING, connection -> {
                        StringValue response = insert(connection, gid);
                        isHeld.complete(true);
                        await().until(() -> hold.getCount() == 0);
                        return response;
                    })));
            isHeld.get();
        }

        void finish() {
            hold.countDown();
        }

        StringValue answer() throws Exception {
            return future.get();
        }
    }

    private void awaitWaiting() {
        await().untilAsserted(() -> assertThat(TestDatabase.text(
                        database,
                        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like"
                                + " '%entente_barrier%'"))
                .isEqualTo("1"));
    }
}
