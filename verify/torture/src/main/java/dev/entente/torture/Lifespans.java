package dev.entente.torture;

import dev.entente.rig.AskedDatabase;
import dev.entente.torture.machine.TortureRig;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Reads from the coordinators' database when transactions began and ended: clients learn it later, and some never. */
final class Lifespans {
    private static final String ALL = """
        select begun, ended from (
          select created_at as begun, parked_at as ended from open_transaction
          union all
          select created_at, finished_at from finished_transaction) lifespan
        where begun <= to_timestamp(? / 1000.0) and (ended is null or ended > to_timestamp(? / 1000.0))\
        """;

    private final TortureRig room;

    /**
     * How long one transaction was open.
     *
     * @param begunAt milliseconds since the epoch, when it was accepted
     * @param endedAt when it ended or was parked; 0 while it is neither
     */
    record Span(long begunAt, long endedAt) {

        /** Tells whether it was open at any moment from the one time to the other. */
        boolean hasMet(long from, long until) {
            return begunAt <= until && (endedAt == 0 || endedAt > from);
        }

        /** How long it took to end, counted from that time at the earliest; 0 if it has not ended. */
        long millisSince(long from) {
            return endedAt == 0 ? 0 : Math.max(0, endedAt - Math.max(from, begunAt));
        }
    }

    Lifespans(TortureRig room) {
        this.room = room;
    }

    /** Those that were open at any moment between these times, in milliseconds since the epoch. */
    List<Span> between(long from, long until) throws SQLException {
        return database().rows(row -> new Span(millis(row, 1), millis(row, 2)), ALL, until, from);
    }

    private AskedDatabase database() {
        return room.postgres().ask(TortureRig.COORDINATOR_DATABASE);
    }

    private static long millis(ResultSet row, int column) throws SQLException {
        var time = row.getTimestamp(column);
        return time == null ? 0 : time.getTime();
    }

    /** The names of the coordinators that hold transactions now, each as often as it holds one. */
    List<String> holders() throws SQLException {
        return database().texts("select c.node from open_transaction t join coordinator c on c.incarnation = t.owner");
    }

    /** Tells whether anything that began by that time is neither over nor parked, or whether nobody can tell. */
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
