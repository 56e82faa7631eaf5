package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.store.Database;
import dev.entente.server.store.Rows;
import dev.entente.server.store.TestDatabase;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The statements that a writer's session keeps prepared on the server. */
class PreparedKindsTest {
    private static final long SEED = 20_261_121;
    /** More than any set of kinds has. */
    private static final int STATEMENTS_OF_A_SET = 10;

    private final Database database = TestDatabase.migrated();

    @BeforeEach
    void register() {
        TestDatabase.execute(
                database, "insert into coordinator (incarnation, node, address, version) values (1, 'n', 'a', 'v')");
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void sets_of_kinds_that_were_not_used_for_long_give_way() throws SQLException {
        Random random = new Random(SEED);
        int most = 3;
        try (WriterConnection writer = WriterConnection.open(database, 1, most)) {
            for (int round = 0; round < 60; round++) {
                writer.commit(Batch.of(batch("r" + round, random)));
                assertThat(prepared(writer))
                        .describedAs("round %d of seed %d", round, SEED)
                        .isLessThanOrEqualTo((most + 1L) * STATEMENTS_OF_A_SET);
            }
        }
        assertThat(TestDatabase.number(database, "select count(*) from open_transaction"))
                .isGreaterThanOrEqualTo(60);
    }

    /**
     * An accept with or without labels, and writes of every kind or none; those of rows that are not there change
     * nothing.
     */
    private static List<Pending> batch(String name, Random random) {
        List<Pending> all = new ArrayList<>();
        Map<String, String> labels = random.nextBoolean() ? Map.of("k", "v") : Map.of();
        all.add(new Pending.Accept(Rows.labelled(name, labels)));
        if (random.nextBoolean()) {
            all.add(new Pending.Write(Rows.flush(name + "-flushed", 0, "p")));
        }
        if (random.nextBoolean()) {
            all.add(new Pending.Write(Rows.sleep(name + "-asleep", 0, null)));
        }
        if (random.nextBoolean()) {
            all.add(new Pending.Write(Rows.finish(name + "-finished", 0)));
        }
        return all;
    }

    private static long prepared(WriterConnection writer) throws SQLException {
        try (Statement statement = writer.jdbc().createStatement();
                ResultSet row = statement.executeQuery(
                        "select count(*) from pg_prepared_statements where statement like '/*%'")) {
            row.next();
            return row.getLong(1);
        }
    }
}
