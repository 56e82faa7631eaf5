package dev.entente.participant;

import com.google.protobuf.StringValue;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;

/** A barrier on a real database, and operations that leave one effect each. */
abstract class BarrierFixture {
    static final StringValue NOTHING = StringValue.getDefaultInstance();

    final DataSource database = TestDatabase.schema("barrier");
    final Barrier barrier = TestDatabase.barrier().withWait(Duration.ofMillis(50));
    final List<String> ran = new ArrayList<>();

    @BeforeEach
    void createTables() throws SQLException {
        barrier.createTable(database);
        TestDatabase.execute(database, "create table effect (what text)");
    }

    final String action(String gid) throws Exception {
        return run(branch(gid, BranchOp.ACTION), this::apply).getValue();
    }

    final void rejected(String gid) throws Exception {
        run(branch(gid, BranchOp.ACTION), this::reject);
    }

    final StringValue run(Branch branch, Barrier.Body<StringValue> body) throws Exception {
        return branch.call(() -> barrier.run(database, NOTHING, body));
    }

    final StringValue apply(Connection connection) throws SQLException {
        ran.add("action");
        insertEffect(connection);
        return StringValue.of("action of " + Branch.required().gid());
    }

    final StringValue undo(Connection connection) throws SQLException {
        ran.add("undo");
        insertEffect(connection);
        return StringValue.of("undid "
                + Branch.required().forwardResponse(NOTHING).orElseThrow().getValue());
    }

    final StringValue reject(Connection connection) throws SQLException {
        ran.add("rejected");
        insertEffect(connection);
        throw new Rejection("OUT_OF_STOCK", "no A-1 left");
    }

    static void insertEffect(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into effect values ('something')")) {
            insert.executeUpdate();
        }
    }

    static Branch branch(String gid, BranchOp op) {
        return Branch.of(gid, "reserve", op);
    }

    final String verdict(String op) throws SQLException {
        return TestDatabase.text(database, "select verdict from entente_barrier where op = '" + op + "'");
    }

    final String rows() throws SQLException {
        return TestDatabase.text(database, "select count(*) from entente_barrier");
    }

    final String effects() throws SQLException {
        return TestDatabase.text(database, "select count(*) from effect");
    }
}
