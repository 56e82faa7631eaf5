package dev.entente.server.store.admin;

import static dev.entente.server.store.OpenStore.await;
import static dev.entente.server.store.TransactionFilter.Waits.ANY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.Database;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.WaitingColumn;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.OpenCounts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class QueriesTest {
    private static Database database;
    private static OpenStore open;
    private static QueryExecutor executor;
    private static PostgresTransactionStore store;
    private static Queries queries;

    /**
     * Adds ten transactions, oldest first: sagas s0 to s5, where s2, s1 and s0 finish in this order and s3 is parked;
     * begun transactions b0 to b3, where b0 is overdue.
     */
    @BeforeAll
    static void fill() {
        open = new OpenStore();
        database = open.database;
        store = open.store;
        executor = new QueryExecutor(Runnable::run);
        queries = new Queries(database, executor, executor, executor);
        for (int i = 0; i < 6; i++) {
            await(store.accept(Rows.labelled("s" + i, Map.of("customer", "" + i % 2, "region", "eu"))));
        }
        for (int i = 0; i < 4; i++) {
            await(store.accept(Rows.begun("b" + i, i == 0 ? Duration.ZERO : Duration.ofHours(1))));
        }
        for (String gid : List.of("s2", "s1", "s0")) {
            await(store.write(Rows.finish(gid, 0)));
        }
        await(store.write(Rows.park("s3", 0, ParkReason.BY_OPERATOR, "wait")));
        await(store.write(Rows.sleep("s4", 0, WaitingColumn.text(true, List.of("payment", "stock")))));
    }

    @AfterAll
    static void close() {
        executor.close();
        open.close();
    }

    private static List<String> gids(TransactionFilter filter) {
        return await(queries.list(filter, 100, "", 0)).rows().stream()
                .map(StoredTransaction::gid)
                .toList();
    }

    @Test
    void a_list_is_newest_first_and_merges_both_tables() {
        assertThat(gids(TransactionFilter.ALL))
                .containsExactly("s0", "s1", "s2", "b3", "b2", "b1", "b0", "s5", "s4", "s3");
    }

    @Test
    void pages_of_each_size_contain_each_row_once_in_order() {
        List<String> all = gids(TransactionFilter.ALL);
        for (int size = 1; size <= 11; size++) {
            List<String> paged = new ArrayList<>();
            String token = "";
            do {
                Queries.Page page = await(queries.list(TransactionFilter.ALL, size, token, 0));
                assertThat(page.rows()).hasSizeLessThanOrEqualTo(size);
                page.rows().forEach(row -> paged.add(row.gid()));
                token = page.nextToken();
            } while (!token.isEmpty());
            assertThat(paged).as("pages of %d", size).isEqualTo(all);
        }
    }

    @Test
    void a_page_is_limited_by_bytes_and_no_row_is_missed() {
        TestDatabase.execute(database, """
            insert into open_transaction (bucket, gid, owner, pattern, state, name, created_at, request_digest, plan, progress)
            select i & 63, 'large-' || lpad(i::text, 2, '0'), 7, 1, 3, 'n', now() - make_interval(mins => i), '\\x',
              convert_to(repeat('p', 1000000), 'UTF8'), convert_to(repeat('q', 48576), 'UTF8')
            from generate_series(1, 20) i\
            """, """
            insert into finished_transaction
              (bucket, gid, pattern, state, name, created_at, finished_at, request_digest, result, plan, progress)
            select i & 63, 'large-' || lpad(i::text, 2, '0'), 1, 6, 'n', now(), now() - make_interval(mins => i), '\\x',
              convert_to(repeat('r', 500000), 'UTF8'), convert_to(repeat('o', 500000), 'UTF8'),
              convert_to(repeat('h', 48576), 'UTF8')
            from generate_series(21, 40) i\
            """);
        TransactionFilter large = filter(false, false, false, "", Map.of(), "", "large-");
        List<String> all =
                IntStream.rangeClosed(1, 40).mapToObj("large-%02d"::formatted).toList();
        assertThat(pages(large, 500, 4 << 20))
                .allMatch(page -> page.size() == 4)
                .hasSize(10);
        assertThat(pages(large, 500, 4 << 20).stream().flatMap(List::stream)).containsExactlyElementsOf(all);
        assertThat(pages(large, 500, 1).stream().flatMap(List::stream)).containsExactlyElementsOf(all);
        assertThat(pages(large, 3, Listing.PAGE_BYTES).stream().flatMap(List::stream))
                .containsExactlyElementsOf(all);
        assertThat(await(queries.openGids(large, 500))).isEqualTo(all.subList(0, 20));
        assertThat(await(queries.openGids(large, 3))).isEqualTo(all.subList(0, 3));
        TestDatabase.execute(
                database,
                "delete from open_transaction where gid like 'large-%'",
                "delete from finished_transaction where gid like 'large-%'");
    }

    /** Some rows finish at the same time, as in one commit; each seventh row has the searched name. */
    @Test
    void a_limited_search_of_finished_rows_continues_until_each_row_is_found_once() {
        TestDatabase.execute(
                database, """
                insert into finished_transaction
                  (bucket, gid, pattern, state, name, created_at, finished_at, request_digest, plan, progress)
                select i & 63, 'walk-' || lpad(i::text, 3, '0'), 1, 6, case when i % 7 = 0 then 'rare' else 'often' end,
                  now() - make_interval(mins => i), now() - make_interval(mins => i / 3), '\\x', '\\x', '\\x'
                from generate_series(1, 100) i\
                """, """
                insert into open_transaction (bucket, gid, owner, pattern, state, name, created_at, request_digest, plan)
                values (0, 'walk-open', 7, 1, 3, 'rare', now() - interval '1 day', '\\x', '\\x')\
                """, "insert into transaction_label values (0, 'walk-098', 'walked', 'yes')");
        TransactionFilter rare = filter(false, false, false, "rare", Map.of(), "", "");
        for (int scanned : List.of(1, 5, 30, 99, 1000)) {
            List<String> seen = new ArrayList<>();
            Queries.Page page = await(queries.list(rare, 4, "", scanned));
            assertThat(page.examined()).isEqualTo(scanned < 50 ? scanned : 0);
            for (int pages = 0; !page.nextToken().isEmpty(); pages++) {
                assertThat(pages).as("examining %d", scanned).isLessThan(150);
                page.rows().forEach(row -> seen.add(row.gid()));
                page = await(queries.list(rare, 4, page.nextToken(), scanned));
            }
            page.rows().forEach(row -> seen.add(row.gid()));
            assertThat(seen)
                    .as("looking at %d", scanned)
                    .doesNotHaveDuplicates()
                    .hasSize(15)
                    .contains("walk-007", "walk-098", "walk-open");
        }
        assertThat(gids(rare)).endsWith("walk-098", "walk-open");
        assertThat(await(queries.count(rare, 100, 30)).isCapped()).isTrue();
        assertThat(await(queries.count(rare, 100, 30)).open().sum(_ -> true)).isOne();
        assertThat(await(queries.count(rare, 100, 1000)).isCapped()).isFalse();
        Queries.Page labelled =
                await(queries.list(filter(false, false, false, "", Map.of("walked", "yes"), "", ""), 4, "", 1));
        assertThat(labelled.rows())
                .as("an index leads there")
                .singleElement()
                .satisfies(row -> assertThat(row.gid()).isEqualTo("walk-098"));
        TestDatabase.execute(
                database,
                "delete from open_transaction where gid = 'walk-open'",
                "delete from transaction_label where gid = 'walk-098'",
                "delete from finished_transaction where gid like 'walk-%'");
    }

    /**
     * Since the time, 100 newer rows have finished, and one row that was open at the time finished before 50 of them.
     */
    @Test
    void a_list_of_rows_created_before_a_time_contains_all_rows_finished_by_then() {
        Instant then = Instant.now().minus(Duration.ofHours(2)).truncatedTo(ChronoUnit.MICROS);
        TestDatabase.execute(database, """
            insert into finished_transaction
              (bucket, gid, pattern, state, name, created_at, finished_at, request_digest, plan, progress)
            select i & 63, 'then-' || lpad(i::text, 3, '0'), 1, 6, 'then', at, at, '\\x'::bytea, '\\x'::bytea, '\\x'::bytea from (
              select i, now() - make_interval(mins => case when i <= 100 then i else 100 + i end) as at
              from generate_series(1, 120) i) x
            union all select 0, 'then-long', 1, 6, 'then', now() - interval '1 day',
              now() - interval '50 min 1 s', '\\x', '\\x', '\\x'
            union all select 0, 'then-just', 1, 6, 'then', now() - interval '1 day', '%s', '\\x', '\\x', '\\x'\
            """.formatted(then));
        List<String> ended =
                IntStream.rangeClosed(101, 120).mapToObj("then-%03d"::formatted).toList();
        for (int scanned : List.of(1, 30, 80, 1000, 0)) {
            List<String> seen = new ArrayList<>();
            Queries.Page page = await(queries.list(createdBefore(then), 7, "", scanned));
            for (int pages = 0; pages == 0 || !page.nextToken().isEmpty(); pages++) {
                page = pages == 0 ? page : await(queries.list(createdBefore(then), 7, page.nextToken(), scanned));
                assertThat(page.examined()).isZero();
                page.rows().forEach(row -> seen.add(row.gid()));
            }
            boolean isLongSeen = scanned == 0 || scanned > 60;
            assertThat(seen)
                    .as("examining %d", scanned)
                    .isEqualTo(
                            Stream.concat(Stream.of("then-long", "then-just").skip(isLongSeen ? 0 : 1), ended.stream())
                                    .toList());
        }
        assertThat(await(queries.count(createdAfter(then), 60, 70)).isCapped()).isTrue();
        Queries.Counts newer = await(queries.count(createdAfter(then), 1000, 1000));
        assertThat(newer.isCapped()).isFalse();
        assertThat(newer.finished()).isEqualTo(Map.of(TransactionState.SUCCEEDED, 103L));
        TestDatabase.execute(database, "delete from finished_transaction where gid like 'then-%'");
    }

    private static List<List<String>> pages(TransactionFilter filter, int limit, int pageBytes) {
        List<List<String>> pages = new ArrayList<>();
        Queries limited = new Queries(database, executor, executor, executor, pageBytes);
        String token = "";
        do {
            Queries.Page page = await(limited.list(filter, limit, token, 0));
            pages.add(page.rows().stream().map(StoredTransaction::gid).toList());
            token = page.nextToken();
        } while (!token.isEmpty());
        return pages;
    }

    @Test
    void an_invalid_gid_finds_nothing_and_an_invalid_token_is_refused() {
        String key = Base64.getUrlEncoder().encodeToString("9 a\0b\n9 a".getBytes(StandardCharsets.UTF_8));
        assertThat(store.read("a\0b")
                        .orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                        .join())
                .isNull();
        assertThatThrownBy(() -> queries.list(TransactionFilter.ALL, 1, key, 0))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("page_token");
    }

    @Test
    void each_filter_selects_its_rows() {
        assertThat(gids(states(TransactionState.SUCCEEDED))).containsExactly("s0", "s1", "s2");
        assertThat(gids(states(TransactionState.BEGUN, TransactionState.SUCCEEDED)))
                .hasSize(7);
        assertThat(gids(filter(true, false, false, "", Map.of(), "", ""))).hasSize(7);
        assertThat(gids(filter(false, true, false, "", Map.of(), "", ""))).containsExactly("s3");
        assertThat(gids(filter(false, false, true, "", Map.of(), "", ""))).containsExactly("b0");
        assertThat(gids(filter(false, false, false, "transfer", Map.of(), "", "")))
                .hasSize(4);
        assertThat(gids(filter(false, false, false, "", Map.of("customer", "1", "region", "eu"), "", "")))
                .containsExactly("s1", "s5", "s3");
        assertThat(gids(filter(false, false, false, "", Map.of("customer", "7"), "", "")))
                .isEmpty();
        for (String participant : List.of("payment", "stock")) {
            assertThat(gids(filter(false, false, false, "", Map.of(), participant, "")))
                    .containsExactly("s4");
        }
        TransactionFilter.Waits held =
                new TransactionFilter.Waits(Set.of(), Set.of(), "", null, Duration.ZERO, Set.of("s5", "s0", "unknown"));
        TransactionFilter inMemory = new TransactionFilter(
                Set.of(), Set.of(), false, false, false, false, "", Map.of(), "stock", null, null, "", Set.of(), held);
        assertThat(gids(inMemory)).containsExactly("s5", "s4");
        assertThat(gids(filter(false, false, false, "", Map.of(), "", "b"))).hasSize(4);
        assertThat(gids(new TransactionFilter(
                        Set.of(),
                        Set.of(),
                        false,
                        false,
                        false,
                        true,
                        "",
                        Map.of(),
                        "",
                        null,
                        null,
                        "",
                        Set.of("s0", "s4", "unknown"),
                        ANY)))
                .containsExactly("s4");
        assertThat(gids(new TransactionFilter(
                        Set.of(),
                        Set.of(Pattern.TCC),
                        false,
                        false,
                        false,
                        false,
                        "",
                        Map.of(),
                        "",
                        null,
                        null,
                        "",
                        Set.of(),
                        ANY)))
                .hasSize(4);
    }

    @Test
    void time_filters_apply_to_the_creation_time() {
        OpenRow middle = (OpenRow) await(queries.list(filter(false, false, false, "", Map.of(), "", "s5"), 1, "", 0))
                .rows()
                .getFirst();
        TransactionFilter after = createdAfter(middle.createdAt());
        assertThat(gids(after)).containsExactly("b3", "b2", "b1", "b0");
        assertThat(gids(createdBefore(middle.createdAt()))).containsExactly("s0", "s1", "s2", "s4", "s3");
    }

    @Test
    void counts_include_states_and_transactions_that_need_attention() {
        Queries.Counts counts = await(queries.count(TransactionFilter.ALL, Queries.MAX_COUNTED, 0));
        assertThat(counts.finished()).isEqualTo(Map.of(TransactionState.SUCCEEDED, 3L));
        OpenCounts unfinished = counts.open();
        assertThat(unfinished.sum(group -> group.state() == TransactionState.RUNNING))
                .isEqualTo(3);
        assertThat(unfinished.sum(group -> group.state() == TransactionState.BEGUN))
                .isEqualTo(4);
        assertThat(unfinished.sum(group -> group.reason() != null)).isEqualTo(1);
        assertThat(unfinished.overdue()).isEqualTo(1);
        assertThat(unfinished.sum(OpenCounts.Group::awaitsApproval)).isEqualTo(1);
        assertThat(unfinished.overdueAge()).isPositive();
        assertThat(counts.isCapped()).isFalse();
        assertThat(await(queries.count(states(TransactionState.ABORTED), Queries.MAX_COUNTED, 0)))
                .isEqualTo(new Queries.Counts(OpenCounts.NONE, Map.of(), false));
    }

    /** Returns the error text of a detail, by the definition in the API. */
    private static String error(String detail) {
        String line = detail.split("\n", 2)[0];
        String text = line.substring(0, Math.min(320, line.length()))
                .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<!ENT-)(?<![0-9])[0-9]+", "#");
        String first = text.substring(0, Math.min(160, text.length())).strip();
        return first.isEmpty() ? "-" : first;
    }

    @Test
    void parked_transactions_are_counted_and_found_by_error_text() {
        List<String> details = List.of(
                "HTTP 503: order 4711",
                "HTTP 500: order 12\nBY_OPERATOR:before",
                "no order 7",
                "ENT-089: row 12",
                "ENT-089: row 13",
                "ENT-097: row 12",
                "no order 0f8fad5b-d9cb-469f-a165-70867728950e",
                "",
                " ",
                "x".repeat(200),
                "x".repeat(300));
        try (OpenStore own = new OpenStore()) {
            Queries asked = new Queries(own.database, executor, executor, executor);
            Map<String, Set<String>> expected = new TreeMap<>();
            for (int i = 0; i < details.size(); i++) {
                String gid = "p" + i;
                await(own.store.accept(Rows.running(gid)));
                await(own.store.write(Rows.park(gid, 0, ParkReason.UNDO_REFUSED, details.get(i))));
                expected.computeIfAbsent(error(details.get(i)), _ -> new TreeSet<>())
                        .add(gid);
            }
            Map<String, Long> sizes = new TreeMap<>();
            expected.forEach((error, gids) -> sizes.put(error, (long) gids.size()));

            Map<String, Long> numbers = new TreeMap<>();
            await(asked.count(TransactionFilter.ALL, 100, 0, true))
                    .open()
                    .groups()
                    .forEach(group -> numbers.merge(group.error(), group.count(), Long::sum));

            assertThat(numbers).hasSize(6).containsEntry("ENT-089: row #", 2L).isEqualTo(sizes);
            expected.forEach((error, gids) -> {
                TransactionFilter.Waits parked =
                        new TransactionFilter.Waits(Set.of(), Set.of(), error, null, Duration.ZERO, Set.of());
                TransactionFilter same = new TransactionFilter(
                        Set.of(), Set.of(), false, false, false, false, "", Map.of(), "", null, null, "", Set.of(),
                        parked);
                assertThat(await(asked.openGids(same, 100))).as(error).containsExactlyInAnyOrderElementsOf(gids);
            });
        }
    }

    @Test
    void a_text_that_is_no_token_is_refused() {
        assertThatThrownBy(() -> queries.list(TransactionFilter.ALL, 10, "nonsense", 0))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("ENT-001")
                .hasMessageContaining("nonsense");
    }

    @Test
    void coordinators_show_the_number_of_their_open_transactions() {
        Queries.Coordinator self = await(queries.coordinators()).getFirst();
        assertThat(self.peer().incarnation()).isEqualTo(open.incarnation.incarnation());
        assertThat(self.peer().node()).isEqualTo("n1");
        assertThat(self.open()).isEqualTo(1);
        assertThat(self.lastBeatAge()).isGreaterThanOrEqualTo(Duration.ZERO);
    }

    private static TransactionFilter createdAfter(Instant time) {
        return filter(Set.of(), time, null);
    }

    private static TransactionFilter createdBefore(Instant time) {
        return filter(Set.of(), null, time);
    }

    private static TransactionFilter states(TransactionState... states) {
        return filter(Set.of(states), null, null);
    }

    private static TransactionFilter filter(
            Set<TransactionState> states, @Nullable Instant createdAfter, @Nullable Instant createdBefore) {
        return new TransactionFilter(
                states,
                Set.of(),
                false,
                false,
                false,
                false,
                "",
                Map.of(),
                "",
                createdAfter,
                createdBefore,
                "",
                Set.of(),
                ANY);
    }

    private static TransactionFilter filter(
            boolean isOpen,
            boolean isParked,
            boolean isOverdue,
            String name,
            Map<String, String> labels,
            String participant,
            String prefix) {
        return new TransactionFilter(
                Set.of(),
                Set.of(),
                isOpen,
                isParked,
                isOverdue,
                false,
                name,
                labels,
                participant,
                null,
                null,
                prefix,
                Set.of(),
                ANY);
    }
}
