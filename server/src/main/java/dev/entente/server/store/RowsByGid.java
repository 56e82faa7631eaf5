package dev.entente.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Reads rows by their gids. Where the database cannot read one value, the rows beside it are read all the same, and
 * that row by its other columns.
 */
public final class RowsByGid {
    private static final Table<OpenRow> OPEN = new Table<>(
            "open_transaction", OpenRows.OPEN_COLUMNS, OpenRows.OPEN_SMALL, OpenRows::open, OpenRow::damaged);
    private static final Table<FinishedRow> FINISHED = new Table<>(
            "finished_transaction",
            OpenRows.FINISHED_COLUMNS,
            OpenRows.FINISHED_SMALL,
            OpenRows::finished,
            FinishedRow::damaged);

    /** Keeps PostgreSQL from reading a small table from end to end. */
    public static final String BY_KEY = "set local enable_seqscan = off";

    private final Connection connection;
    private final Lost lost;

    /**
     * Throws what cannot be read at all.
     *
     * @param connection that commits by itself: what cannot be read must not end a transaction
     */
    public RowsByGid(Connection connection) {
        this(connection, (_, why) -> {
            throw why;
        });
    }

    /** @param lost told of each gid that leads to a page that cannot be read: whether it has a row is not known */
    public RowsByGid(Connection connection, Lost lost) {
        this.connection = connection;
        this.lost = lost;
    }

    /** Hears of gids that lead to a page that cannot be read. */
    @FunctionalInterface
    public interface Lost {
        void lost(String gid, SQLException why) throws SQLException;
    }

    /** @param small the columns without those that can be large */
    private record Table<R>(
            String name, String columns, String small, Mapper<R> mapper, BiFunction<R, String, R> damaged) {}

    @FunctionalInterface
    private interface Mapper<R> {
        R row(ResultSet row) throws SQLException;
    }

    public List<OpenRow> open(List<String> gids) throws SQLException {
        return read(OPEN, gids);
    }

    public List<FinishedRow> finished(List<String> gids) throws SQLException {
        return read(FINISHED, gids);
    }

    private <R> List<R> read(Table<R> table, List<String> gids) throws SQLException {
        try {
            return select(table, table.columns(), gids);
        } catch (SQLException e) {
            if (!DatabaseFault.isUnreadable(e)) {
                throw e;
            }
            return gids.size() > 1 ? readHalves(table, gids) : readAlone(table, gids, e);
        }
    }

    /** One row: as a whole, if it was only passed by on the way to others, else without its large values. */
    private <R> List<R> readAlone(Table<R> table, List<String> gids, SQLException why) throws SQLException {
        try {
            return selectByKey(table, table.columns(), gids);
        } catch (SQLException e) {
            if (!DatabaseFault.isUnreadable(e)) {
                throw e;
            }
            return readSmall(table, gids, why);
        }
    }

    private <R> List<R> readSmall(Table<R> table, List<String> gids, SQLException why) throws SQLException {
        try {
            return selectByKey(table, table.small(), gids).stream()
                    .map(row -> table.damaged().apply(row, DatabaseFault.line(why)))
                    .toList();
        } catch (SQLException e) {
            if (!DatabaseFault.isUnreadable(e)) {
                throw e;
            }
            lost.lost(gids.getFirst(), e);
            return List.of();
        }
    }

    private <R> List<R> readHalves(Table<R> table, List<String> gids) throws SQLException {
        int middle = gids.size() / 2;
        List<R> rows = new ArrayList<>(read(table, gids.subList(0, middle)));
        rows.addAll(read(table, gids.subList(middle, gids.size())));
        return rows;
    }

    private <R> List<R> selectByKey(Table<R> table, String columns, List<String> gids) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement session = connection.createStatement()) {
            session.execute(BY_KEY);
            return select(table, columns, gids);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private <R> List<R> select(Table<R> table, String columns, List<String> gids) throws SQLException {
        ArrayColumn wanted = ArrayColumn.ofTexts();
        gids.forEach(wanted::add);
        try (PreparedStatement select =
                connection.prepareStatement("select " + columns + " from " + table.name() + " where gid = any (?)")) {
            wanted.bind(select, 1);
            try (ResultSet found = select.executeQuery()) {
                List<R> rows = new ArrayList<>(gids.size());
                while (found.next()) {
                    rows.add(table.mapper().row(found));
                }
                return rows;
            }
        }
    }
}
