package dev.entente.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;

/** Statements of a relay's upkeep, beside delivering. Each one reads a bounded number of rows. */
final class UpkeepStatements {
    /**
     * For this transaction. Without it a plan that was made while the table was all but empty reads it from end to end
     * for as long as the connection lives; and a bitmap of a key's whole queue is made to take one row of it.
     */
    static final String SETTLE =
            "select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true);";

    /** Beyond what is counted it is the database's own estimate, which costs nothing. */
    static final String BACKLOG = """
        select (select count(*) from (select from entente_outbox where enqueued_at <= now() limit 10001) counted) as all_of_them,
          pg_stat_get_live_tuples('entente_outbox'::regclass) as estimated,
          (select count(*) from (select from entente_outbox where parked_at is not null limit 10000) counted) as parked,
          (select extract(epoch from now() - enqueued_at) from entente_outbox order by enqueued_at limit 1) as oldest
        """;

    static final String PURGE = """
        delete from entente_outbox_sent where ctid = any (array(
          select ctid from entente_outbox_sent where ended_at < now() - ? * interval '1 second' limit ?))
        """;

    /**
     * Asks how long until the next row is due. Rows that are due already are being delivered, or wait for something
     * else than time.
     */
    static final String NEXT_DUE = """
        with recursive place (destination) as (
          (select destination from entente_outbox where due_at is not null order by destination limit 1)
          union all
          select (select o.destination from entente_outbox o where o.due_at is not null and o.destination > p.destination
            order by o.destination limit 1)
          from place p where p.destination is not null)
        select min(extract(epoch from (select o.due_at from entente_outbox o
          where o.destination = p.destination and o.due_at > now() order by o.due_at limit 1) - clock_timestamp()))
        from place p where p.destination is not null
        """;

    private static final long MOST_COUNTED = 10_000;

    private UpkeepStatements() {}

    static Backlog backlog(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SETTLE + BACKLOG)) {
            select.execute();
            select.getMoreResults();
            ResultSet row = select.getResultSet();
            row.next();
            long parked = row.getLong("parked");
            long counted = row.getLong("all_of_them");
            long all = counted > MOST_COUNTED ? Math.max(counted, row.getLong("estimated")) : counted;
            Duration oldest = Duration.ofMillis(Math.max(0, Math.round(row.getDouble("oldest") * 1000)));
            return new Backlog(Math.max(0, all - parked), oldest, parked);
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

    /** How long until something is due that is not yet; {@code longest} if nothing is by then. */
    static Duration untilNextDue(Connection connection, Duration longest) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(NEXT_DUE);
                ResultSet row = select.executeQuery()) {
            row.next();
            double due = row.getDouble(1);
            double seconds = row.wasNull() ? Double.MAX_VALUE : Math.max(due, 0.001);
            return Duration.ofNanos((long) (Math.min(seconds, longest.toMillis() / 1000.0) * 1e9));
        }
    }
}
