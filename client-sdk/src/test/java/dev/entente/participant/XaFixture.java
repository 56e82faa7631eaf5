package dev.entente.participant;

import com.google.protobuf.StringValue;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A participant of two-phase commit on a real PostgreSQL; each prepared transaction has one effect. */
abstract class XaFixture {
    static final StringValue NOTHING = StringValue.getDefaultInstance();
    static final Barrier HASTY = Barrier.postgres().withWait(Duration.ofMillis(100));

    final DataSource database = TestDatabase.schema("xa");
    final XaParticipant xa = XaParticipant.of(HASTY, database);
    final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeEach
    void createTables() throws SQLException {
        HASTY.createTable(database);
        TestDatabase.execute(database, "create table effect (gid text)");
    }

    @AfterEach
    void leaveNothingPrepared() throws SQLException {
        threads.shutdownNow();
        String left = "select coalesce(min(gid), '') from pg_prepared_xacts";
        for (String name = TestDatabase.text(database, left);
                !name.isEmpty();
                name = TestDatabase.text(database, left)) {
            TestDatabase.execute(database, "rollback prepared '" + name + "'");
        }
    }

    final StringValue prepare(String gid) throws Exception {
        return call(gid, BranchOp.PREPARE, () -> xa.prepare(NOTHING, connection -> insert(connection, gid)));
    }

    final void commit(String gid) throws Exception {
        call(gid, BranchOp.COMMIT, () -> {
            xa.commit();
            return "";
        });
    }

    final void rollback(String gid) throws Exception {
        call(gid, BranchOp.ROLLBACK, () -> {
            xa.rollback();
            return "";
        });
    }

    static <T> T call(String gid, BranchOp op, Callable<T> work) throws Exception {
        return Branch.of(gid, "debit", op).call(work);
    }

    static StringValue insert(Connection connection, String gid) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("insert into effect (gid) values ('" + gid + "')");
        }
        return StringValue.of("prepared");
    }

    final String effects() throws SQLException {
        return TestDatabase.text(database, "select count(*) from effect");
    }

    final String prepared() throws SQLException {
        return TestDatabase.text(
                database, "select coalesce(string_agg(gid, ',' order by gid), '') from pg_prepared_xacts");
    }
}
