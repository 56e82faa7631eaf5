package dev.entente.server.store.admin;

import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AliveLock;
import dev.entente.server.store.Database;
import dev.entente.server.store.Membership;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OpenRows;
import dev.entente.server.store.ParkedColumn;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.WaitingColumn;
import dev.entente.server.telemetry.OpenCounts;
import dev.entente.server.telemetry.Throughput;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jdbi.v3.core.Handle;

/** The queries of people: lists, counts, the coordinators. Thread-safe; futures fail with {@link StoreUnavailable}. */
public final class Queries {
    /**
     * A page of a list, newest first: unfinished transactions by creation, finished ones by finish. A transaction that
     * finishes between two pages keeps its position.
     *
     * @param nextToken the start of the next page, or empty if this is the last
     * @param examined the number of scanned finished transactions at which the page was cut; 0 if it was not cut
     */
    public record Page(List<StoredTransaction> rows, String nextToken, int examined) {}

    /**
     * The numbers of transactions.
     *
     * @param finished by their state
     * @param isCapped whether one of the tables has more rows than were counted or scanned
     */
    public record Counts(OpenCounts open, Map<TransactionState, Long> finished, boolean isCapped) {}

    /**
     * A coordinator in the table.
     *
     * @param lastBeatAge by the database's clock; for people only
     * @param open the number of rows that the coordinator holds
     */
    public record Coordinator(Membership.Peer peer, Duration lastBeatAge, long open) {}

    public static final int MAX_COUNTED = 100_000;

    private final Database database;
    private final QueryExecutor executor;
    private final QueryExecutor acts;
    private final QueryExecutor names;
    private final Listing listing;

    /**
     * @param executor the executor for queries of people
     * @param acts the executor for queries that actions of people need
     * @param names the executor for reads by key, as a part of other answers
     */
    public Queries(Database database, QueryExecutor executor, QueryExecutor acts, QueryExecutor names) {
        this(database, executor, acts, names, Listing.PAGE_BYTES);
    }

    /** @param pageBytes the maximum bytes of stored rows on one page */
    Queries(Database database, QueryExecutor executor, QueryExecutor acts, QueryExecutor names, int pageBytes) {
        this.database = database;
        this.executor = executor;
        this.acts = acts;
        this.names = names;
        this.listing = new Listing(pageBytes);
    }

    /**
     * Returns a page. A page of large rows ends before its limit; only the token shows whether it is the last.
     *
     * @param limit at least 1
     * @param token the previous page's {@code nextToken}, or empty to begin
     * @param maxExamined the approximate number of finished transactions to scan if no index leads to matches; 0 for
     *     all
     * @throws dev.entente.core.transaction.Refusal ENT-001 for an invalid token, or that of another filter
     */
    public CompletableFuture<Page> list(TransactionFilter filter, int limit, String token, int maxExamined) {
        PageToken asked = PageToken.of(filter, false, token);
        return executor.ask(
                () -> database.forPeople(handle -> listing.page(handle, filter, limit, asked, maxExamined)));
    }

    /** Returns a page of unfinished transactions only, oldest first. Its token belongs to a list of this kind. */
    public CompletableFuture<Page> slowest(TransactionFilter filter, int limit, String token) {
        PageToken asked = PageToken.of(filter, true, token);
        return executor.ask(() -> database.forPeople(handle -> listing.slowest(handle, filter, limit, asked)));
    }

    /** Returns the token by which a list of unfinished transactions continues behind that row. */
    public static String after(TransactionFilter filter, boolean isSlowestFirst, OpenRow row) {
        PageToken.Key place = new PageToken.Key(row.createdAt(), row.gid());
        return new PageToken(place, PageToken.Key.NEWEST, null, PageToken.list(filter, isSlowestFirst)).text();
    }

    /**
     * Returns the creation of the open transaction behind which a page begins.
     *
     * @throws dev.entente.core.transaction.Refusal ENT-001 for an invalid token, or that of another filter
     */
    public static Instant start(TransactionFilter filter, boolean isSlowestFirst, String token) {
        return PageToken.of(filter, isSlowestFirst, token).open().time();
    }

    /** Returns the gids of unfinished transactions for an action, newest first, up to the limit. */
    public CompletableFuture<List<String>> openGids(TransactionFilter filter, int limit) {
        return acts.ask(() -> database.jdbi().withHandle(handle -> Listing.openGids(handle, filter, limit)));
    }

    /**
     * Counts transactions.
     *
     * @param limit rows counted in each of the tables, at most {@link #MAX_COUNTED}
     * @param maxExamined about how many of the newest finished ones to scan if no index leads to matches; 0 for all
     */
    public CompletableFuture<Counts> count(TransactionFilter filter, int limit, int maxExamined) {
        return count(filter, limit, maxExamined, false);
    }

    /** Counts transactions, parked ones also by their error text if {@code isByError}. */
    public CompletableFuture<Counts> count(TransactionFilter filter, int limit, int maxExamined, boolean isByError) {
        return executor.ask(() -> database.forPeople(handle -> {
            OpenCounts open = filter.includesOpen() ? open(handle, filter, limit, isByError) : OpenCounts.NONE;
            boolean countsFinished = filter.includesFinished();
            Map<TransactionState, Long> finished =
                    countsFinished ? finished(handle, filter, limit, maxExamined) : Map.of();
            long ended = finished.values().stream().mapToLong(Long::longValue).sum();
            boolean isCapped = open.sum(_ -> true) >= limit
                    || ended >= limit
                    || (countsFinished
                            && Listing.edge(handle, filter, PageToken.of(filter, false, ""), maxExamined) != null);
            return new Counts(open, finished, isCapped);
        }));
    }

    /** Counts unfinished transactions by one query over the table: an index by state would cost every write. */
    static OpenCounts open(Handle handle, TransactionFilter filter, int limit, boolean isByError) {
        FilterSql sql = FilterSql.ofOpen(filter);
        long began = System.nanoTime();
        List<OpenCounts.Group> groups = sql.bind(
                        handle.createQuery("""
                            select pattern, state, split_part(parked_reason, ':', 1) as reason,
                              case when parked_at is not null then waiting_on end as parked_on, coalesce(%s, false) as awaits,
                              case when :byError and parked_at is not null then %s else '' end as error,
                              count(*) as count, min(parked_at) as since, count(*) filter (where is_overdue) as overdue,
                              coalesce(extract(epoch from now() - min(due_at) filter (where is_overdue)), 0) as overdue_age
                            from (
                              select pattern, state, parked_reason, parked_at, waiting_on, due_at,
                                owner is null and due_at < now() as is_overdue
                              from open_transaction t where %s limit :limit) x
                            group by 1, 2, 3, 4, 5, 6\
                            """.formatted(WaitingColumn.AWAITS, ParkedColumn.ERROR, sql.condition())))
                .bind("byError", isByError)
                .bind("limit", limit)
                .map((row, _) -> group(row))
                .list();
        return new OpenCounts(groups, Duration.ofNanos(System.nanoTime() - began));
    }

    private static OpenCounts.Group group(ResultSet row) throws SQLException {
        String reason = row.getString("reason");
        return new OpenCounts.Group(
                Pattern.of(row.getInt("pattern")),
                TransactionState.of(row.getInt("state")),
                reason == null ? null : ParkedColumn.reason(reason),
                WaitingColumn.participant(row.getString("parked_on")),
                row.getString("error"),
                row.getBoolean("awaits"),
                row.getLong("count"),
                OpenRows.nullableInstant(row, "since"),
                row.getLong("overdue"),
                Duration.ofMillis((long) (row.getDouble("overdue_age") * 1000)));
    }

    private static Map<TransactionState, Long> finished(
            Handle handle, TransactionFilter filter, int limit, int maxExamined) {
        FilterSql sql = FilterSql.ofFinished(filter);
        boolean isWalk = maxExamined > 0 && filter.needsWalk();
        sql.newest(maxExamined, FilterSql.endedAfter(filter), PageToken.Key.NEWEST.time());
        Map<TransactionState, Long> finished = new EnumMap<>(TransactionState.class);
        sql.bind(handle.createQuery(
                        """
                        select state, count(*)
                        from (select state from %s where %s limit :limit) x
                        group by state\
                        """.formatted(isWalk ? FilterSql.NEWEST : "finished_transaction t", sql.condition())))
                .bind("limit", limit)
                .map((row, _) -> finished.put(TransactionState.of(row.getInt(1)), row.getLong(2)))
                .list();
        return finished;
    }

    /**
     * Returns the throughput of all coordinators in steps, the oldest first. A step without counts of any coordinator is
     * left out, as is the current step.
     *
     * @param span the length of all steps together
     */
    public CompletableFuture<Map<Instant, Throughput>> throughput(Duration span, Duration step) {
        return executor.ask(() -> database.forPeople(handle -> MinuteCounts.read(handle, span, step)));
    }

    /** Returns living coordinators, those that died within the last hour, and dead ones that still own rows. */
    public CompletableFuture<List<Coordinator>> coordinators() {
        return executor.ask(() -> database.forPeople(handle -> handle.createQuery("""
            select c.incarnation, c.node, c.address, c.beat, c.dead_at, c.started_at, c.version,
              extract(epoch from now() - c.beat_at) as beat_age, coalesce(o.held, 0) as held
            from coordinator c
            left join (
              select t.owner, count(*) as held from open_transaction t where t.owner is not null group by t.owner) o
              on o.owner = c.incarnation
            where c.dead_at is null or c.dead_at > now() - interval '1 hour' or o.held > 0
            order by c.started_at\
            """)
                .map((row, _) -> new Coordinator(
                        OpenRows.peer(row),
                        Duration.ofMillis((long) (row.getDouble("beat_age") * 1000)),
                        row.getLong("held")))
                .list()));
    }

    /**
     * A coordinator that holds rows.
     *
     * @param lastBeat by the database's clock
     * @param isGone whether it was declared dead, or its process has ended
     */
    public record Owner(String node, Instant lastBeat, boolean isGone) {}

    /** Returns the owners with these incarnations. Incarnations that were removed from the table are missing. */
    public CompletableFuture<Map<Long, Owner>> owners(Collection<Long> incarnations) {
        return names.ask(() -> database.jdbi().withHandle(handle -> {
            Map<Long, Owner> found = new HashMap<>();
            handle.createQuery("""
                select incarnation, node, beat_at, dead_at is not null or %s as is_gone
                from coordinator where incarnation = any (:asked)\
                """.formatted(AliveLock.isFree("incarnation")))
                    .bind("asked", incarnations.toArray(new Long[0]))
                    .map((row, _) -> found.put(
                            row.getLong("incarnation"),
                            new Owner(
                                    row.getString("node"),
                                    OpenRows.instant(row, "beat_at"),
                                    row.getBoolean("is_gone"))))
                    .list();
            return found;
        }));
    }
}
