package dev.entente.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;

/** What a relay does beside delivering. Each statement reads a bounded number of rows. */
final class UpkeepStatements {
    /** As in {@link ClaimStatements}: for this transaction, and for the same reasons. */
    static final String SETTLE =
            "select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true);";

    static final String BACKLOG = """
        select (select count(*) from (select from entente_outbox where enqueued_at <= now() limit 200000) counted) as all_of_them,
          (select count(*) from (select from entente_outbox where parked_at is not null limit 100000) counted) as parked,
          (select extract(epoch from now() - enqueued_at) from entente_outbox order by enqueued_at limit 1) as oldest
        """;

    static final String PURGE = """
        delete from entente_outbox_sent where ctid = any (array(
          select ctid from entente_outbox_sent where ended_at < now() - ? * interval '1 second' limit ?))
        """;

    static final String NEXT_DUE = """
        select extract(epoch from due_at - clock_timestamp()) from entente_outbox
        where due_at is not null order by due_at limit 1
        """;

    private static final long MOST_COUNTED = 100_000;

    private UpkeepStatements() {}

    static Backlog backlog(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SETTLE + BACKLOG)) {
            select.execute();
            select.getMoreResults();
            ResultSet row = select.getResultSet();
            row.next();
            long parked = row.getLong("parked");
            long pending = Math.min(MOST_COUNTED, row.getLong("all_of_them") - parked);
            Duration oldest = Duration.ofMillis(Math.max(0, Math.round(row.getDouble("oldest") * 1000)));
            return new Backlog(Math.max(0, pending), oldest, parked);
        }
    }

    /** Deletes at most {@code limit} records of messages that ended longer ago, and says how many. */
    static int purge(Connection connection, Duration age, int limit) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(SETTLE + PURGE)) {
            delete.setLong(1, age.toSeconds());
            delete.setInt(2, limit);
            delete.execute();
            delete.getMoreResults();
            return delete.getUpdateCount();
        }
    }

    /** How long until something is due; {@code longest} if nothing is, or not by then. */
    static Duration untilNextDue(Connection connection, Duration longest) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SETTLE + NEXT_DUE)) {
            select.execute();
            select.getMoreResults();
            ResultSet row = select.getResultSet();
            double seconds = row.next() ? row.getDouble(1) : Double.MAX_VALUE;
            double bounded = Math.min(Math.max(0, seconds), longest.toMillis() / 1000.0);
            return Duration.ofNanos((long) (bounded * 1e9));
        }
    }
}
