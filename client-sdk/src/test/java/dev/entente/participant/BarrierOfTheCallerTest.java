package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.StringValue;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** The barrier inside a transaction that its caller commits or rolls back. */
class BarrierOfTheCallerTest extends BarrierFixture {
    @Test
    void a_rejection_in_the_callers_transaction_is_stored_when_the_caller_commits() throws Exception {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> branch("order-1", BranchOp.ACTION)
                            .call(() -> barrier.run(connection, NOTHING, this::reject)))
                    .isInstanceOf(Rejection.class);
            connection.commit();
        }

        assertThat(verdict("action")).isEqualTo("rejected");
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_rejection_whose_transaction_was_rolled_back_is_stored_in_one_of_its_own() throws Exception {
        Rejection rejection = rejectedAndRolledBack(barrier.withRejectionsStoredIn(database));

        assertThat(rejection.isSettled()).isFalse();
        assertThat(rows()).isEqualTo("0");
        assertThat(Barrier.settle(rejection))
                .isInstanceOfSatisfying(
                        Rejection.class,
                        settled -> assertThat(settled.isSettled()).isTrue());
        assertThat(verdict("action")).isEqualTo("rejected");
    }

    @Test
    void a_rolled_back_rejection_is_withdrawn_when_another_call_succeeded_meanwhile() throws Exception {
        Rejection rejection = rejectedAndRolledBack(barrier.withRejectionsStoredIn(database));
        action("order-1");

        assertThat(Barrier.settle(rejection)).isInstanceOf(InProgress.class);
        assertThat(verdict("action")).isEqualTo("done");
    }

    @Test
    void a_rolled_back_rejection_without_a_place_to_store_it_is_not_settled() throws Exception {
        Rejection rejection = rejectedAndRolledBack(barrier);

        assertThat(Barrier.settle(rejection)).isSameAs(rejection);
        assertThat(rejection.isSettled()).isFalse();
    }

    @Test
    void a_stricter_isolation_level_ends_in_the_same_answers() throws Exception {
        try (Connection early = database.getConnection()) {
            early.setAutoCommit(false);
            early.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            early.createStatement().execute("select count(*) from effect"); // its snapshot is older than the action
            action("order-1");

            Callable<StringValue> again =
                    () -> branch("order-1", BranchOp.ACTION).call(() -> barrier.run(early, NOTHING, this::act));
            if (TestDatabase.isMariadb()) { // whose locking reads see the latest at any level
                assertThat(again.call()).isEqualTo(StringValue.of("action of order-1"));
            } else {
                assertThatThrownBy(again::call).isInstanceOf(InProgress.class);
            }
        }
        assertThat(ran).containsExactly("action");
    }

    private Rejection rejectedAndRolledBack(Barrier configured) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            Rejection rejection = catchThrowableOfType(
                    Rejection.class,
                    () -> branch("order-1", BranchOp.ACTION)
                            .call(() -> configured.run(connection, NOTHING, this::reject)));
            connection.rollback();
            return rejection;
        }
    }
}
