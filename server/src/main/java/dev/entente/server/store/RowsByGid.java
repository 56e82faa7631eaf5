package dev.entente.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads rows by their gids. */
public final class RowsByGid {
    private final Connection connection;

    public RowsByGid(Connection connection) {
        this.connection = connection;
    }

    /** Reads one row of a result. */
    @FunctionalInterface
    private interface Mapper<R> {
        R row(ResultSet row) throws SQLException;
    }

    public List<OpenRow> open(List<String> gids) throws SQLException {
        return select(OpenRows.OPEN_COLUMNS + " from open_transaction", OpenRows::open, gids);
    }

    public List<FinishedRow> finished(List<String> gids) throws SQLException {
        return select(OpenRows.FINISHED_COLUMNS + " from finished_transaction", OpenRows::finished, gids);
    }

    private <R> List<R> select(String columnsFromTable, Mapper<R> mapper, List<String> gids) throws SQLException {
        ArrayColumn wanted = ArrayColumn.ofTexts();
        gids.forEach(wanted::add);
        try (PreparedStatement select =
                connection.prepareStatement("select " + columnsFromTable + " where gid = any (?)")) {
            wanted.bind(select, 1);
            try (ResultSet found = select.executeQuery()) {
                List<R> rows = new ArrayList<>(gids.size());
                while (found.next()) {
                    rows.add(mapper.row(found));
                }
                return rows;
            }
        }
    }
}
