package dev.entente.torture;

import dev.entente.rig.SqlDatabase;
import dev.entente.torture.machine.TortureRig;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** The begin and end times of transactions in the coordinators' database. Clients learn the end later or never. */
final class Lifespans {
    private static final String ALL = """
        select begun, ended from (
          select created_at as begun, parked_at as ended from open_transaction
          union all
          select created_at, finished_at from finished_transaction) lifespan
        where begun <= to_timestamp(? / 1000.0) and (ended is null or ended > to_timestamp(? / 1000.0))\
        """;

    private final TortureRig rig;

    /**
     * The time in which one transaction was open.
     *
     * @param begunAt the time of the acceptance, in milliseconds since the epoch
     * @param endedAt the time at which it finished or was parked; 0 for neither
     */
    record Span(long begunAt, long endedAt) {

        /** Returns whether the transaction was open at any moment between the two times. */
        boolean overlaps(long from, long until) {
            return begunAt <= until && (endedAt == 0 || endedAt > from);
        }

        /** Returns the duration until the end, counted from {@code from} at the earliest; 0 if it has not finished. */
        long millisSince(long from) {
            return endedAt == 0 ? 0 : Math.max(0, endedAt - Math.max(from, begunAt));
        }
    }

    Lifespans(TortureRig rig) {
        this.rig = rig;
    }

    /** Returns the transactions that were open at any moment between these times, in milliseconds since the epoch. */
    List<Span> between(long from, long until) throws SQLException {
        return database().rows(row -> new Span(millis(row, 1), millis(row, 2)), ALL, until, from);
    }

    private SqlDatabase database() {
        return rig.postgres().ask(TortureRig.COORDINATOR_DATABASE);
    }

    private static long millis(ResultSet row, int column) throws SQLException {
        var time = row.getTimestamp(column);
        return time == null ? 0 : time.getTime();
    }

    /** Returns the current owners of transactions: a coordinator's name, once per transaction. */
    List<String> holders() throws SQLException {
        return database().texts("select c.node from open_transaction t join coordinator c on c.incarnation = t.owner");
    }

    /** Returns whether a transaction begun by then is neither finished nor parked; true without an answer. */
    boolean isAnyOpen(long begunBy) {
        try {
            return database()
                            .number(
                                    "select count(*) from open_transaction where parked_at is null"
                                            + " and created_at <= to_timestamp(? / 1000.0)",
                                    begunBy)
                    > 0;
        } catch (SQLException away) {
            return true;
        }
    }
}
