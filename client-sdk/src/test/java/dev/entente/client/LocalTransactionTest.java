package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.entente.participant.InProgress;
import dev.entente.participant.Rejection;
import dev.entente.participant.TestDatabase;
import io.grpc.Status;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** A message and its client's local transaction on a real PostgreSQL: both commit, or neither does. */
class LocalTransactionTest extends LocalTransactionFixture {
    private static final int RACES = 60;

    LocalTransactionTest() throws IOException {
        super("local_transactions");
    }

    @Test
    void the_message_and_the_local_transaction_commit_and_the_check_succeeds() throws SQLException {
        long inserted = message("m1").runAndSubmit(orders, connection -> insert(connection, "m1"));

        assertThat(inserted).isEqualTo(1);
        assertThat(coordinator.calls).containsExactly("begin", "commit");
        assertThat(count("m1")).isEqualTo("1");
        assertThatCode(() -> checks.check("m1")).doesNotThrowAnyException();
    }

    @Test
    void an_exception_of_the_body_rolls_back_aborts_and_is_rethrown() throws SQLException {
        IllegalArgumentException odd = new IllegalArgumentException("odd order");

        assertThatThrownBy(() -> message("m2").runAndSubmit(orders, connection -> {
                    insert(connection, "m2");
                    throw odd;
                }))
                .isSameAs(odd);

        assertThat(coordinator.calls).containsExactly("begin", "abort: odd order");
        assertThat(count("m2")).isEqualTo("0");
        assertThatThrownBy(() -> checks.check("m2")).isInstanceOf(Rejection.class);
    }

    @Test
    void a_body_that_commits_the_connection_is_refused_with_ENT_097() throws SQLException {
        assertThatThrownBy(() -> message("m14").runAndSubmit(orders, connection -> {
                    insert(connection, "m14");
                    connection.commit();
                    return 1L;
                }))
                .hasMessageContaining("ENT-097")
                .hasMessageContaining("commit()");

        assertThat(count("m14")).isEqualTo("0");
        assertThatThrownBy(() -> checks.check("m14")).isInstanceOf(Rejection.class);
    }

    @Test
    void a_body_that_rolls_back_the_connection_aborts_the_message() throws SQLException {
        assertThatThrownBy(() -> message("m14").runAndSubmit(orders, connection -> {
                    long inserted = insert(connection, "m14");
                    connection.rollback();
                    return inserted;
                }))
                .isInstanceOf(IllegalStateException.class);

        assertMessageAborted();
    }

    @Test
    void the_body_does_not_run_before_the_message_is_durable() throws SQLException {
        coordinator.fail("begin", FakeCoordinator.error(Status.Code.INVALID_ARGUMENT, "ENT-001", "no"));

        assertThatThrownBy(() -> message("m3").runAndSubmit(orders, connection -> insert(connection, "m3")))
                .isInstanceOf(TransactionRefused.class);
        assertThat(count("m3")).isEqualTo("0");
    }

    @Test
    void a_local_transaction_after_a_negative_check_is_rolled_back() throws SQLException {
        assertThatThrownBy(() -> checks.check("m5"))
                .isInstanceOfSatisfying(
                        Rejection.class, no -> assertThat(no.isSettled()).isTrue());

        assertThatThrownBy(() -> message("m5").runAndSubmit(orders, connection -> insert(connection, "m5")))
                .isInstanceOfSatisfying(
                        TransactionAborted.class,
                        late -> assertThat(late.code()).isEqualTo("CHECK_BACK_NEGATIVE"));
        assertThat(count("m5")).isEqualTo("0");
        assertThat(coordinator.calls).containsExactly("begin");
    }

    @Test
    void a_check_during_the_local_transaction_reports_in_progress() throws SQLException {
        message("m6").runAndSubmit(orders, connection -> {
            assertThatThrownBy(() -> checks.check("m6")).isInstanceOf(InProgress.class);
            return insert(connection, "m6");
        });

        assertThat(count("m6")).isEqualTo("1");
    }

    @Test
    void a_failed_run_aborts_nothing_while_another_run_has_the_same_gid() throws SQLException {
        DataSource impatient = impatient();

        long inserted = message("m10").runAndSubmit(orders, connection -> {
            assertThatThrownBy(() -> message("m10").runAndSubmit(impatient, other -> insert(other, "m10-again")))
                    .isInstanceOf(SQLException.class);
            return insert(connection, "m10");
        });

        assertThat(inserted).isEqualTo(1);
        assertThat(coordinator.calls).containsExactly("begin", "begin", "commit");
        assertThat(count("m10-again")).isEqualTo("0");
    }

    @Test
    void a_repeated_run_with_the_same_gid_is_refused_with_ENT_040() throws SQLException {
        message("m8").runAndSubmit(orders, connection -> insert(connection, "m8"));

        assertThatThrownBy(() -> message("m8").runAndSubmit(orders, connection -> insert(connection, "m8-again")))
                .isInstanceOfSatisfying(
                        TransactionRefused.class,
                        twice -> assertThat(twice.code()).isEqualTo("ENT-040"));
        assertThat(count("m8-again")).isEqualTo("0");
    }

    @Test
    void a_local_transaction_without_a_check_back_is_refused() {
        assertThatThrownBy(() -> entente.message("order").to(freeze("alice")).runAndSubmit(orders, connection -> 1))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void concurrent_checks_report_the_outcome_of_the_local_transaction() throws Exception {
        Random random = new Random(41);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            for (int i = 0; i < RACES; i++) {
                String gid = "race" + i;
                int pause = random.nextInt(4);
                List<Future<?>> attempts = new ArrayList<>();
                attempts.add(threads.submit(() ->
                        catchThrowable(() -> message(gid).runAndSubmit(orders, connection -> {
                            execute(
                                    connection,
                                    "select " + TestDatabase.sql("pg_", "") + "sleep(" + pause + " / 1000.0)");
                            return insert(connection, gid);
                        }))));
                attempts.add(threads.submit(() -> answer(gid)));
                attempts.add(threads.submit(() -> answer(gid)));
                for (Future<?> each : attempts) {
                    each.get();
                }
                assertThat(answer(gid))
                        .as("seed 41, %s", gid)
                        .isEqualTo(count(gid).equals("1"));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Repeats the check until the answer is final, and returns whether the local transaction was committed. */
    private boolean answer(String gid) throws SQLException {
        while (true) {
            try {
                checks.check(gid);
                return true;
            } catch (Rejection no) {
                return false;
            } catch (InProgress again) {
                // Repeats the check at once: each check waits for the database.
            }
        }
    }
}
