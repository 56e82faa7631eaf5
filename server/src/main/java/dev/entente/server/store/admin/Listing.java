package dev.entente.server.store.admin;

import dev.entente.server.store.OpenRows;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionFilter;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/**
 * Pages of a list. The keys of both tables are read first, with the size of their rows, then only the rows that fit on
 * the page: plans have megabytes, and a list is long. Thread-safe. Blocks.
 *
 * <p>A row has one position in a list, regardless of the time between pages. A transaction that was unfinished when the
 * list began is listed by its creation, also after it has finished. Others are listed by their finish.
 */
final class Listing {
    /** The maximum bytes of stored rows on one page. At least one row is shown, regardless of its size. */
    static final int PAGE_BYTES = 16 << 20;

    /**
     * The position of a row in the list.
     *
     * @param at the creation, or the finish of a finished row
     * @param bytes the size of the large columns; {@code octet_length} does not read them
     */
    private record Key(Instant at, String gid, long bytes) {
        PageToken.Key place() {
            return new PageToken.Key(at, gid);
        }
    }

    private static final String OF_OPEN = "octet_length(t.plan)::bigint + coalesce(octet_length(t.progress), 0)"
            + " as bytes from open_transaction t";
    private static final String OF_FINISHED = "octet_length(t.plan)::bigint + octet_length(t.progress)"
            + " + coalesce(octet_length(t.result), 0) as bytes from finished_transaction t";
    private static final String OF_NEWEST = OF_FINISHED.replace("finished_transaction t", FilterSql.NEWEST);

    private final int pageBytes;

    /** @param pageBytes the maximum bytes of stored rows on one page */
    Listing(int pageBytes) {
        this.pageBytes = pageBytes;
    }

    Queries.Page page(Handle handle, TransactionFilter filter, int limit, PageToken asked, int maxExamined) {
        boolean isMixed = filter.includesOpen() && filter.includesFinished();
        PageToken from = isMixed && asked.began() == null
                ? new PageToken(asked.open(), asked.finished(), began(handle), asked.filter())
                : asked;
        // One row more than shown, of each kind, shows whether there is a next page.
        List<Key> open = filter.includesOpen() ? openKeys(handle, filter, limit + 1, from.open()) : List.of();
        if (from.began() != null) {
            // after the open rows: a transaction that finishes between the reads is found twice instead of never
            List<Key> ended = endedKeys(handle, filter, limit + 1, from.open(), from.began());
            open = mergedByAge(open, ended, limit + 1);
        }
        boolean isAsOf = maxExamined > 0 && filter.needsWalkOfLaterEnds();
        Instant edge = filter.includesFinished() && !isAsOf ? edge(handle, filter, from, maxExamined) : null;
        List<Key> finished = List.of();
        if (filter.includesFinished()) {
            finished = isAsOf
                    ? finishedKeysAsOf(handle, filter, limit + 1, from, maxExamined)
                    : finishedKeys(handle, filter, limit + 1, from, edge);
        }
        // If more rows were found than are shown, the page ends before the edge of the scan.
        Merge merge = new Merge(open, finished, finished.size() > limit ? null : edge);
        merge.take(limit, pageBytes);
        return new Queries.Page(
                rows(handle, filter, merge.gids), merge.nextToken(from), merge.edge == null ? 0 : maxExamined);
    }

    /**
     * Returns the finish at which a scan of {@code maxExamined} rows behind that place ends; null if the scan covers
     * all rows.
     */
    static @Nullable Instant edge(Handle handle, TransactionFilter filter, PageToken from, int maxExamined) {
        if (maxExamined == 0 || !filter.needsWalk()) {
            return null;
        }
        // By the index alone. Behind an edge, which has no gid, all rows with that finish time were scanned.
        String until = from.finished().gid().isEmpty() ? "<" : "<=";
        return handle.createQuery("""
            select t.finished_at as at from finished_transaction t
            where t.finished_at < :began and t.finished_at %s :time and t.finished_at > :after
            order by t.finished_at desc offset :behind limit 1\
            """.formatted(until))
                .bind("began", began(from))
                .bind("time", from.finished().time())
                .bind("after", FilterSql.endedAfter(filter))
                .bind("behind", maxExamined)
                .map((row, _) -> OpenRows.instant(row, "at"))
                .findOne()
                .orElse(null);
    }

    private static Instant began(PageToken from) {
        return from.began() == null ? PageToken.Key.NEWEST.time() : from.began();
    }

    /** Returns a page of open transactions only, oldest first. */
    Queries.Page slowest(Handle handle, TransactionFilter filter, int limit, PageToken asked) {
        FilterSql sql = FilterSql.ofOpen(filter);
        sql.and("(t.created_at, t.gid) > (:time, :gid)", "time", asked.open().time());
        List<Key> open = filter.includesOpen()
                ? keys(handle, sql, "t.created_at", OF_OPEN, "asc", limit + 1, asked.open())
                : List.of();
        Merge merge = new Merge(open, List.of(), null);
        merge.take(limit, pageBytes);
        return new Queries.Page(rows(handle, filter, merge.gids), merge.nextToken(asked), 0);
    }

    static List<String> openGids(Handle handle, TransactionFilter filter, int limit) {
        return filter.includesOpen()
                ? openKeys(handle, filter, limit, PageToken.Key.NEWEST).stream()
                        .map(Key::gid)
                        .toList()
                : List.of();
    }

    /** Returns the time before which all finished rows are visible, because no writer still writes them. */
    private static Instant began(Handle handle) {
        return handle.createQuery("""
            select least(now(), min(xact_start)) as at from pg_stat_activity
            where datname = current_database() and application_name like 'entente writer %'\
            """)
                .map((row, _) -> OpenRows.instant(row, "at"))
                .one();
    }

    /** Merges both lists without duplicates: with duplicates, a full page would seem to be the last. */
    private static List<Key> mergedByAge(List<Key> open, List<Key> ended, int limit) {
        Set<String> met = HashSet.newHashSet(open.size() + ended.size());
        return Stream.concat(open.stream(), ended.stream())
                .filter(key -> met.add(key.gid()))
                .sorted(Comparator.comparing(Key::at).thenComparing(Key::gid).reversed())
                .limit(limit)
                .toList();
    }

    /** The merge of open and finished rows into one page. Not thread-safe. */
    private static final class Merge {
        private final List<Key> open;
        private final List<Key> finished;
        private final @Nullable Instant edge;
        private final List<String> gids = new ArrayList<>();
        private int nextOpen;
        private int nextFinished;

        /** @param edge the finish at which the scan ended; null if it covered all rows, or the page ends earlier */
        Merge(List<Key> open, List<Key> finished, @Nullable Instant edge) {
            this.open = open;
            this.finished = finished;
            this.edge = edge;
        }

        void take(int limit, int pageBytes) {
            long bytes = 0;
            while (gids.size() < limit && !isAtEnd()) {
                boolean takesOpen = isOpenNext();
                Key next = takesOpen ? open.get(nextOpen) : finished.get(nextFinished);
                bytes += next.bytes();
                if (bytes > pageBytes && !gids.isEmpty()) {
                    return;
                }
                gids.add(next.gid());
                nextOpen += takesOpen ? 1 : 0;
                nextFinished += takesOpen ? 0 : 1;
            }
        }

        private boolean isOpenNext() {
            return nextFinished == finished.size()
                    || (nextOpen < open.size()
                            && !open.get(nextOpen)
                                    .at()
                                    .isBefore(finished.get(nextFinished).at()));
        }

        private boolean isAtEnd() {
            return nextOpen == open.size() && nextFinished == finished.size();
        }

        String nextToken(PageToken from) {
            if (isAtEnd() && edge == null) {
                return "";
            }
            return new PageToken(
                            nextOpen == 0 ? from.open() : open.get(nextOpen - 1).place(),
                            finishedPlace(from),
                            from.began(),
                            from.filter())
                    .text();
        }

        private PageToken.Key finishedPlace(PageToken from) {
            if (edge != null && nextFinished == finished.size()) {
                return new PageToken.Key(edge, "");
            }
            return nextFinished == 0
                    ? from.finished()
                    : finished.get(nextFinished - 1).place();
        }
    }

    private static List<Key> openKeys(Handle handle, TransactionFilter filter, int limit, PageToken.Key before) {
        return keys(handle, FilterSql.ofOpen(filter), "t.created_at", OF_OPEN, limit, before);
    }

    /** Returns transactions that finished after the list began, at their positions as open transactions. */
    private static List<Key> endedKeys(
            Handle handle, TransactionFilter filter, int limit, PageToken.Key before, Instant began) {
        FilterSql sql = FilterSql.ofFinished(filter);
        sql.and("t.finished_at >= :began", "began", began);
        return keys(handle, sql, "t.created_at", OF_FINISHED, limit, before);
    }

    /** Returns transactions that had finished when the list began, down to the edge. */
    private static List<Key> finishedKeys(
            Handle handle, TransactionFilter filter, int limit, PageToken from, @Nullable Instant edge) {
        FilterSql sql = FilterSql.ofFinished(filter);
        sql.and("t.finished_at < :began", "began", began(from));
        sql.and("t.finished_at <= :time", "time", from.finished().time());
        sql.downTo(edge);
        return keys(handle, sql, "t.finished_at", OF_FINISHED, limit, from.finished());
    }

    /**
     * Returns finished transactions older than a time. An index finds those that had finished by that time. On a busy
     * server nearly all transactions may have finished later, so only the newest are scanned, up to a limit.
     */
    private static List<Key> finishedKeysAsOf(
            Handle handle, TransactionFilter filter, int limit, PageToken from, int maxExamined) {
        Instant asOf = Objects.requireNonNull(filter.createdBefore());
        List<Key> found = new ArrayList<>();
        if (!from.finished().time().isBefore(asOf)) {
            FilterSql later = FilterSql.ofFinished(filter);
            later.and("t.finished_at <= :time", "time", from.finished().time());
            later.and("t.finished_at < :began", "began", began(from));
            later.newest(
                    maxExamined,
                    asOf,
                    Collections.min(List.of(began(from), from.finished().time())));
            found.addAll(keys(handle, later, "t.finished_at", OF_NEWEST, limit, from.finished()));
        }
        if (found.size() < limit) {
            FilterSql earlier = FilterSql.ofFinished(filter);
            earlier.and("t.finished_at <= :asOf", "asOf", asOf);
            found.addAll(keys(handle, earlier, "t.finished_at", OF_FINISHED, limit - found.size(), from.finished()));
        }
        return found;
    }

    /** Returns the keys behind that place, newest first. */
    private static List<Key> keys(
            Handle handle, FilterSql sql, String at, String bytesOfTable, int limit, PageToken.Key before) {
        sql.and("(" + at + ", t.gid) < (:time, :gid)", "time", before.time());
        return keys(handle, sql, at, bytesOfTable, "desc", limit, before);
    }

    private static List<Key> keys(
            Handle handle, FilterSql sql, String at, String bytesOfTable, String way, int limit, PageToken.Key last) {
        return sql.bind(handle.createQuery("select " + at + " as at, t.gid, " + bytesOfTable + " where "
                        + sql.condition() + " order by " + at + " " + way + ", t.gid " + way + " limit :limit"))
                .bind("gid", last.gid())
                .bind("limit", limit)
                .map((row, _) -> key(row))
                .list();
    }

    private static Key key(ResultSet row) throws SQLException {
        return new Key(OpenRows.instant(row, "at"), row.getString("gid"), row.getLong("bytes"));
    }

    /**
     * Reads open rows first: rows move from open to finished, so no row is missed. Rows that no longer match the filter
     * are excluded.
     */
    private static List<StoredTransaction> rows(Handle handle, TransactionFilter filter, List<String> gids) {
        Map<String, StoredTransaction> found = HashMap.newHashMap(gids.size());
        if (filter.includesOpen()) {
            String open = OpenRows.OPEN_COLUMNS + " from open_transaction t where ";
            find(handle, FilterSql.ofOpen(filter), open, gids, (row, _) -> OpenRows.open(row), found);
        }
        if (filter.includesFinished()) {
            String finished = OpenRows.FINISHED_COLUMNS + " from finished_transaction t where ";
            find(handle, FilterSql.ofFinished(filter), finished, gids, (row, _) -> OpenRows.finished(row), found);
        }
        return gids.stream().filter(found::containsKey).map(found::get).toList();
    }

    /** Adds rows that are not found yet. */
    private static void find(
            Handle handle,
            FilterSql sql,
            String columnsOfTable,
            List<String> gids,
            RowMapper<? extends StoredTransaction> mapper,
            Map<String, StoredTransaction> found) {
        List<String> rest = gids.stream().filter(gid -> !found.containsKey(gid)).toList();
        if (!rest.isEmpty()) {
            sql.bind(handle.createQuery("select " + columnsOfTable + sql.condition() + " and t.gid = any (:gids)"))
                    .bindArray("gids", String.class, rest)
                    .map(mapper)
                    .forEach(row -> found.put(row.gid(), row));
        }
    }
}
