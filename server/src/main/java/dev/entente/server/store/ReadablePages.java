package dev.entente.server.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pages of a table that the database can read, for when it cannot read them all. An index or a scan leads a
 * question to a damaged page even where nothing there is wanted. Damaged pages are found by halves once a question has
 * failed, and again after a minute. Blocks; thread-safe.
 */
public final class ReadablePages {
    private static final Logger LOG = LoggerFactory.getLogger(ReadablePages.class);
    private static final long KEPT_NANOS = Duration.ofMinutes(1).toNanos();
    /** The most that is found; a table with more is not gone on with. */
    private static final int MOST_DAMAGED = 200;

    /** Lets PostgreSQL read a range of pages and nothing else: each other way leads to rows wherever they are. */
    public static final String IN_ORDER_OF_PAGES =
            "set local enable_indexscan = off; set local enable_indexonlyscan = off;"
                    + " set local enable_bitmapscan = off; set local enable_seqscan = off;"
                    + " set local max_parallel_workers_per_gather = 0";

    private final Jdbi jdbi;
    private final String table;
    private @Nullable Look last;
    /** Readable rows that their gids do not lead to: an older version of each stands on a damaged page. */
    private final Set<String> outOfReach = Collections.synchronizedSet(new TreeSet<>());

    /** Ranges of readable pages, as they were found. */
    private record Look(long nanos, int damaged, List<Range> ranges) {}

    /** Pages between two damaged ones. */
    public record Range(long from, long to) {
        /** The end of the last range, which pages that come later belong to. */
        public static final long END = 4_294_967_295L;

        public static final Range ALL = new Range(0, END);

        public String condition() {
            return to == END
                    ? "ctid >= '(%d,0)'".formatted(from)
                    : "ctid >= '(%d,0)' and ctid < '(%d,0)'".formatted(from, to);
        }
    }

    ReadablePages(Jdbi jdbi, String table) {
        this.jdbi = jdbi;
        this.table = table;
    }

    /**
     * Asks about all rows that can be read: once about all pages, or range by range where one of them is damaged.
     *
     * @param handle in autocommit
     * @param question given a condition on {@code ctid}
     * @return the answers of all ranges, one after another
     */
    public <T> List<T> select(Handle handle, Function<String, List<T>> question) {
        if (!isDamaged()) {
            try {
                return question.apply("true");
            } catch (JdbiException e) {
                throwUnlessUnreadable(e);
            }
        }
        try {
            return selectRanges(handle, question, ranges());
        } catch (JdbiException e) {
            throwUnlessUnreadable(e);
            return selectRanges(handle, question, lookAnew());
        }
    }

    private static <T> List<T> selectRanges(Handle handle, Function<String, List<T>> question, List<Range> ranges) {
        List<T> found = new ArrayList<>();
        for (Range range : ranges) {
            found.addAll(handle.inTransaction(transaction -> {
                var _ = transaction.execute(IN_ORDER_OF_PAGES);
                return question.apply(range.condition());
            }));
        }
        return found;
    }

    private static void throwUnlessUnreadable(JdbiException e) {
        if (!DatabaseFault.isUnreadable(e)) {
            throw e;
        }
    }

    /** Tells whether the last look found a damaged page; once there was one, it is looked for again each minute. */
    public boolean isDamaged() {
        return damaged() > 0 && ranges().size() > 1;
    }

    /** Returns how many damaged pages the last look found. */
    public synchronized int damaged() {
        return last == null ? 0 : last.damaged();
    }

    /** Returns the ranges of pages that can be read, at most a minute old. */
    public synchronized List<Range> ranges() {
        Look known = last;
        return known == null || System.nanoTime() - known.nanos() >= KEPT_NANOS ? lookAnew() : known.ranges();
    }

    synchronized List<Range> lookAnew() {
        outOfReach.clear();
        List<Long> damaged = jdbi.inTransaction(this::search);
        if (!damaged.isEmpty()) {
            LOG.warn(
                    "pages {} of {} cannot be read: transactions stored there wait until the pages are restored from a"
                            + " standby or a backup; all others go on",
                    damaged,
                    table);
        }
        last = new Look(System.nanoTime(), damaged.size(), between(damaged));
        return last.ranges();
    }

    private static List<Range> between(List<Long> damaged) {
        List<Range> ranges = new ArrayList<>();
        long from = 0;
        for (long page : damaged) {
            ranges.add(new Range(from, page));
            from = page + 1;
        }
        ranges.add(new Range(from, Range.END));
        return ranges;
    }

    private List<Long> search(Handle handle) {
        var _ = handle.execute(IN_ORDER_OF_PAGES);
        long pages = handle.createQuery(
                        "select pg_relation_size('" + table + "') / current_setting('block_size')::bigint")
                .mapTo(Long.class)
                .one();
        List<Long> damaged = new ArrayList<>();
        search(handle, new Range(0, pages), damaged);
        return damaged;
    }

    private void search(Handle handle, Range range, List<Long> damaged) {
        if (range.from() >= range.to() || damaged.size() >= MOST_DAMAGED || isReadable(handle, range)) {
            return;
        }
        if (range.to() - range.from() == 1) {
            damaged.add(range.from());
        } else {
            long middle = (range.from() + range.to()) / 2;
            search(handle, new Range(range.from(), middle), damaged);
            search(handle, new Range(middle, range.to()), damaged);
        }
    }

    private boolean isReadable(Handle handle, Range range) {
        handle.savepoint("looking");
        try {
            var _ = handle.createQuery("select count(*) from " + table + " where " + range.condition())
                    .mapTo(Long.class)
                    .one();
            handle.releaseSavepoint("looking");
            return true;
        } catch (JdbiException e) {
            throwUnlessUnreadable(e);
            handle.rollbackToSavepoint("looking");
            return false;
        }
    }

    // ---- rows out of reach

    /** Notes a row that its gid does not lead to. */
    public void isOutOfReach(String gid) {
        if (outOfReach.add(gid)) {
            LOG.warn("'{}' cannot be taken over: its index entry leads to a page that cannot be read", gid);
        }
    }

    /** Returns how many such rows there are. */
    public int outOfReach() {
        return outOfReach.size();
    }

    public boolean mayReach(String gid) {
        return !outOfReach.contains(gid);
    }
}
