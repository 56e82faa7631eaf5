package dev.entente.server.store.writer;

import static dev.entente.server.store.OpenStore.await;
import static dev.entente.server.store.TransactionFilter.Waits.ANY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.Database;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.Rows;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.admin.Queries;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pagination of a list while transactions start and finish. */
class PaginationUnderChangeTest {
    private static final int MANY = 40;

    private final OpenStore open = new OpenStore();
    private final Database database = open.database;
    private final PostgresTransactionStore store = open.store;
    private final QueryExecutor executor = new QueryExecutor(Runnable::run);
    private final Queries queries = new Queries(database, executor, executor, executor);

    @AfterEach
    void close() {
        executor.close();
        open.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void a_row_that_exists_throughout_appears_exactly_once(long seed) {
        Random random = new Random(seed);
        List<String> open = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            await(store.accept(Rows.running("old-" + i)));
            open.add("old-" + i);
            if (random.nextInt(3) == 0) {
                finishOne(open, random);
            }
        }
        List<String> shown = new ArrayList<>();
        String token = "";
        int pages = 0;
        do {
            Queries.Page page = await(queries.list(TransactionFilter.ALL, 1 + random.nextInt(6), token, 0));
            page.rows().forEach(row -> shown.add(row.gid()));
            token = page.nextToken();
            for (int i = random.nextInt(5); i > 0 && !open.isEmpty(); i--) {
                finishOne(open, random);
            }
            String young = "young-" + pages++;
            await(store.accept(Rows.running(young)));
            if (random.nextBoolean()) {
                await(store.write(Rows.finish(young, 0)));
            }
        } while (!token.isEmpty());
        Set<String> old = new TreeSet<>();
        for (int i = 0; i < MANY; i++) {
            old.add("old-" + i);
        }
        assertThat(shown).as("seed %d", seed).containsAll(old).doesNotHaveDuplicates();
    }

    private void finishOne(List<String> open, Random random) {
        Collections.shuffle(open, random);
        await(store.write(Rows.finish(open.removeLast(), 0)));
    }

    /**
     * By the database's clock the row has finished before the list began, but the row becomes visible only afterwards.
     */
    @Test
    void a_row_that_finishes_while_the_list_begins_is_not_lost() throws SQLException {
        for (int i = 0; i < 6; i++) {
            await(store.accept(Rows.running("g" + i)));
        }
        await(store.write(Rows.finish("g4", 0)));
        try (WriterConnection slow = WriterConnection.open(database, open.incarnation.incarnation());
                Connection jdbc = slow.jdbc();
                Statement statement = jdbc.createStatement()) {
            jdbc.setAutoCommit(false);
            statement.execute("select 1");
            Queries.Page first = await(queries.list(TransactionFilter.ALL, 2, "", 0));
            slow.commit(Batch.of(List.of(new Pending.Write(Rows.finish("g1", 0)))));
            jdbc.commit();
            List<String> shown = new ArrayList<>();
            first.rows().forEach(row -> shown.add(row.gid()));
            for (String token = first.nextToken(); !token.isEmpty(); ) {
                Queries.Page page = await(queries.list(TransactionFilter.ALL, 2, token, 0));
                page.rows().forEach(row -> shown.add(row.gid()));
                token = page.nextToken();
            }
            assertThat(shown).containsExactlyInAnyOrder("g0", "g1", "g2", "g3", "g4", "g5");
        }
    }

    /** The list has read the open rows and waits to read the finished rows. */
    @Test
    void a_row_that_finishes_between_two_reads_does_not_end_the_list() throws Exception {
        for (int i = 0; i < 6; i++) {
            await(store.accept(Rows.running("g" + i)));
        }
        try (WriterConnection writer = WriterConnection.open(database, open.incarnation.incarnation());
                Connection jdbc = writer.jdbc();
                Statement statement = jdbc.createStatement()) {
            jdbc.setAutoCommit(false);
            statement.execute("lock table finished_transaction in access exclusive mode");
            CompletableFuture<Queries.Page> listed =
                    CompletableFuture.supplyAsync(() -> await(queries.list(TransactionFilter.ALL, 5, "", 0)));
            Awaitility.await().until(() -> TestDatabase.number(database, """
                select count(*) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'\
                """) > 0);
            writer.commit(Batch.of(List.of(new Pending.Write(Rows.finish("g3", 0)))));
            jdbc.commit();
            Queries.Page page = await(listed);
            assertThat(page.rows()).hasSize(5);
            assertThat(await(queries.list(TransactionFilter.ALL, 5, page.nextToken(), 0))
                            .rows())
                    .singleElement()
                    .satisfies(row -> assertThat(row.gid()).isEqualTo("g0"));
        }
    }

    @Test
    void a_token_is_valid_only_for_its_filter() {
        for (int i = 0; i < 3; i++) {
            await(store.accept(Rows.labelled("g" + i, Map.of("a", "1", "b", "2"))));
            await(store.accept(Rows.begun("b" + i, Duration.ofHours(1))));
        }
        TransactionFilter labelled = of(Set.of(Pattern.SAGA, Pattern.TCC), Map.of("a", "1", "b", "2"));
        String token = await(queries.list(labelled, 1, "", 0)).nextToken();

        assertThatThrownBy(() -> queries.list(TransactionFilter.ALL, 1, token, 0))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("another filter");
        TransactionFilter same = of(Set.of(Pattern.TCC, Pattern.SAGA), Map.of("b", "2", "a", "1"));
        assertThat(await(queries.list(same, 1, token, 0)).rows())
                .singleElement()
                .satisfies(row -> assertThat(row.gid()).isEqualTo("g1"));
    }

    private static TransactionFilter of(Set<Pattern> patterns, Map<String, String> labels) {
        return new TransactionFilter(
                Set.of(TransactionState.RUNNING, TransactionState.SUCCEEDED),
                patterns,
                false,
                false,
                false,
                false,
                "",
                labels,
                "",
                null,
                null,
                "",
                Set.of(),
                ANY);
    }
}
