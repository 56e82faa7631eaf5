package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.protobuf.StringValue;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Bodies above READ COMMITTED whose transactions are rolled back because of concurrent transactions. */
class SerializationFailureTest extends BarrierFixture {
    private static final String READ_COMMITTED = "read committed";
    private static final String REPEATABLE_READ = "repeatable read";
    private static final String SERIALIZABLE = "serializable";

    @BeforeEach
    void createAccount() throws SQLException {
        assumeFalse(TestDatabase.isPooled(), "a pooler takes no settings of a session");
        TestDatabase.execute(database, "create table account (cents integer); insert into account values (0)");
    }

    @ParameterizedTest
    @ValueSource(strings = {REPEATABLE_READ, SERIALIZABLE})
    void a_body_with_a_serialization_failure_is_rolled_back_and_can_be_repeated(String level) throws Exception {
        DataSourceAt at = new DataSourceAt(level);
        InProgress lost = catchThrowableOfType(
                InProgress.class,
                () -> run(at, "order-1", BranchOp.ACTION, connection -> {
                    read(connection);
                    TestDatabase.execute(database, "update account set cents = cents + 1");
                    return add(connection);
                }));

        assertThat(lost).hasMessageContaining("rolled back").hasRootCauseInstanceOf(SQLException.class);
        assertThat(rows()).isEqualTo("0");
        assertThat(run(at, "order-1", BranchOp.ACTION, SerializationFailureTest::add)
                        .getValue())
                .isEqualTo("added");
        assertThat(cents()).isEqualTo("101");
    }

    /** Each transaction reads the rows that the other one writes. One is rolled back, at the latest at its commit. */
    @ParameterizedTest
    @ValueSource(strings = SERIALIZABLE)
    void a_commit_with_a_serialization_failure_is_rolled_back(String level) throws Exception {
        DataSourceAt at = new DataSourceAt(level);
        InProgress lost = catchThrowableOfType(
                InProgress.class,
                () -> run(at, "order-1", BranchOp.ACTION, connection -> {
                    read(connection);
                    try (Connection other = at.getConnection()) {
                        other.setAutoCommit(false);
                        statement(other, "select count(*) from effect");
                        statement(other, "update account set cents = cents + 1");
                        insertEffect(connection);
                        other.commit();
                    }
                    return NOTHING;
                }));

        assertThat(lost).hasMessageContaining("rolled back");
        assertThat(rows()).isEqualTo("0");
        assertThat(effects()).isEqualTo("0");
    }

    /** The duplicate has a snapshot that is older than the first call, and still gets the answer of the first call. */
    @ParameterizedTest
    @ValueSource(strings = {READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE})
    void a_duplicate_that_waited_for_the_first_call_gets_its_answer(String level) throws Exception {
        DataSourceAt at = new DataSourceAt(level);
        try (Connection first = at.getConnection()) {
            first.setAutoCommit(false);
            Branch branch = branch("order-1", BranchOp.ACTION);
            barrier.run(branch, first, NOTHING, SerializationFailureTest::add);
            Barrier patient = Barrier.postgres();
            Thread committer = committerOf(first);
            StringValue again = patient.run(branch, at, NOTHING, SerializationFailureTest::add);
            committer.join();

            assertThat(again.getValue()).isEqualTo("added");
        }
        assertThat(cents()).isEqualTo("100");
    }

    /** Commits as soon as another session waits for the barrier's row. */
    private Thread committerOf(Connection first) {
        Thread committer = new Thread(() -> {
            try {
                while (TestDatabase.text(
                                database,
                                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like"
                                        + " '%entente_barrier%'")
                        .equals("0")) {
                    Thread.onSpinWait();
                }
                first.commit();
            } catch (SQLException broken) {
                throw new IllegalStateException(broken);
            }
        });
        committer.start();
        return committer;
    }

    private StringValue run(DataSourceAt at, String gid, BranchOp op, Barrier.Body<StringValue> body) throws Exception {
        return barrier.run(branch(gid, op), at, NOTHING, body);
    }

    private static void read(Connection connection) throws SQLException {
        statement(connection, "select cents from account");
    }

    private static StringValue add(Connection connection) throws SQLException {
        statement(connection, "update account set cents = cents + 100");
        return StringValue.of("added");
    }

    private static void statement(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String cents() throws SQLException {
        return TestDatabase.text(database, "select cents from account");
    }

    /** The fixture's database, at another isolation level. */
    private final class DataSourceAt extends PGSimpleDataSource {
        private static final long serialVersionUID = 1;

        DataSourceAt(String level) {
            setUrl(((PGSimpleDataSource) database).getURL());
            setUser("postgres");
            setOptions("-c default_transaction_isolation=" + level.replace(" ", "\\ "));
        }
    }
}
