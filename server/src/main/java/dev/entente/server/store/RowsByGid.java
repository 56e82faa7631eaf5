package dev.entente.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Reads rows by their gids. Where the database cannot read one value, the rows beside it are read all the same, and that row by its other columns.
 */
final class RowsByGid {
    private static final Table<OpenRow> OPEN = new Table<>(
            "open_transaction", OpenRows.OPEN_COLUMNS, OpenRows.OPEN_SMALL, OpenRows::open, OpenRow::damaged);
    private static final Table<FinishedRow> FINISHED = new Table<>(
            "finished_transaction",
            OpenRows.FINISHED_COLUMNS,
            OpenRows.FINISHED_SMALL,
            OpenRows::finished,
            FinishedRow::damaged);

    private final Connection connection;

    /** @param connection that commits by itself: what cannot be read must not end a transaction */
    RowsByGid(Connection connection) {
        this.connection = connection;
    }

    /** @param small the columns without those that can be large */
    private record Table<R>(
            String name, String columns, String small, Mapper<R> mapper, BiFunction<R, String, R> damaged) {}

    @FunctionalInterface
    private interface Mapper<R> {
        R row(ResultSet row) throws SQLException;
    }

    List<OpenRow> open(List<String> gids) throws SQLException {
        return read(OPEN, gids);
    }

    List<FinishedRow> finished(List<String> gids) throws SQLException {
        return read(FINISHED, gids);
    }

    private <R> List<R> read(Table<R> table, List<String> gids) throws SQLException {
        try {
            return select(table, table.columns(), gids);
        } catch (SQLException e) {
            if (!Fault.isUnreadable(e)) {
                throw e;
            }
            return gids.size() > 1
                    ? readHalves(table, gids)
                    : select(table, table.small(), gids).stream()
                            .map(row -> table.damaged().apply(row, Fault.line(e)))
                            .toList();
        }
    }

    private <R> List<R> readHalves(Table<R> table, List<String> gids) throws SQLException {
        int middle = gids.size() / 2;
        List<R> rows = new ArrayList<>(read(table, gids.subList(0, middle)));
        rows.addAll(read(table, gids.subList(middle, gids.size())));
        return rows;
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
