package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three-phase commit at a participant: until it has heard that all are prepared it may give up, afterwards it waits. */
class PreCommitTest {
    private static final StringValue NOTHING = StringValue.getDefaultInstance();
    private static final Barrier HASTY = Barrier.postgres().withWait(Duration.ofMillis(100));

    private final DataSource database = TestDatabase.schema("precommit");
    private final XaParticipant xa = XaParticipant.of(HASTY, database);

    @BeforeEach
    void createTables() throws SQLException {
        HASTY.createTable(database);
        TestDatabase.execute(database, "create table effect (gid text)");
    }

    @AfterEach
    void leaveNothingPrepared() throws SQLException {
        for (String name = prepared(); !name.isEmpty(); name = prepared()) {
            TestDatabase.execute(database, "rollback prepared '" + name + "'");
        }
    }

    @Test
    void what_is_pre_committed_waits_for_the_decision() throws Exception {
        prepare("t1");
        preCommit("t1");
        preCommit("t1");

        assertThat(xa.giveUp(Duration.ZERO)).isEmpty();
        assertThat(prepared()).isEqualTo("ent/t1/debit");

        call("t1", BranchOp.COMMIT, xa::commit);
        assertThat(effects()).isEqualTo("1");
        preCommit("t1");
    }

    @Test
    void what_is_only_prepared_may_be_given_up_and_then_refuses_the_pre_commit_for_good() throws Exception {
        prepare("t1");

        assertThat(xa.giveUp(Duration.ofHours(1))).isEmpty();
        assertThat(xa.giveUp(Duration.ZERO)).containsExactly("ent/t1/debit");
        assertThat(prepared()).isEmpty();

        refused("t1");
        prepare("t1"); // a late repetition of its call: it was rolled back as if it had never come
        refused("t1");
        call("t1", BranchOp.ROLLBACK, xa::rollback);
        assertThat(prepared()).isEmpty();
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_pre_commit_of_what_is_not_prepared_is_refused() throws Exception {
        refused("t1");
        prepare("t2");
        call("t2", BranchOp.ROLLBACK, xa::rollback);
        refused("t2");
    }

    private void refused(String gid) {
        assertThatThrownBy(() -> preCommit(gid))
                .isInstanceOfSatisfying(
                        Rejection.class, no -> assertThat(no.isSettled()).isTrue());
    }

    private void prepare(String gid) throws Exception {
        call(gid, BranchOp.PREPARE, () -> xa.prepare(NOTHING, connection -> insert(connection, gid)));
    }

    private void preCommit(String gid) throws Exception {
        call(gid, BranchOp.PRE_COMMIT, xa::preCommit);
    }

    private interface Step {
        void run() throws SQLException;
    }

    private static void call(String gid, BranchOp op, Step step) throws Exception {
        Callable<String> work = () -> {
            step.run();
            return "";
        };
        assertThat(Branch.of(gid, "debit", op).call(work)).isEmpty();
    }

    private static StringValue insert(Connection connection, String gid) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into effect (gid) values (?)")) {
            insert.setString(1, gid);
            insert.executeUpdate();
        }
        return StringValue.of("prepared");
    }

    private String effects() throws SQLException {
        return TestDatabase.text(database, "select count(*)::text from effect");
    }

    private String prepared() throws SQLException {
        return TestDatabase.text(database, "select coalesce(min(gid), '') from pg_prepared_xacts");
    }
}
