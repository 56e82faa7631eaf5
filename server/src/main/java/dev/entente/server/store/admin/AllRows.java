package dev.entente.server.store.admin;

import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.ReadablePages;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change of all rows of {@code open_transaction}, within a transaction. Where a page cannot be read, or an index
 * leads from a row to one, the change is made by halves, down to single rows: all others are changed.
 */
final class AllRows {
    private static final Logger LOG = LoggerFactory.getLogger(AllRows.class);
    /** More than the rows that a page can hold. */
    private static final long PLACES = 512;

    private final Connection connection;
    private final UnaryOperator<String> sql;
    private final Binding binding;
    private final List<String> left = new ArrayList<>();

    private AllRows(Connection connection, UnaryOperator<String> sql, Binding binding) {
        this.connection = connection;
        this.sql = sql;
        this.binding = binding;
    }

    /** Sets parameters. */
    @FunctionalInterface
    interface Binding {
        void bind(PreparedStatement statement) throws SQLException;
    }

    /**
     * Changes all rows that it can, and logs where it could not.
     *
     * @param connection in a transaction
     * @param done what is done to a row, for the log
     * @param sql given a condition on {@code ctid}
     * @return how many rows were changed
     */
    static int update(Connection connection, String done, UnaryOperator<String> sql, Binding binding)
            throws SQLException {
        AllRows all = new AllRows(connection, sql, binding);
        Savepoint before = connection.setSavepoint();
        try {
            return all.change("true");
        } catch (SQLException e) {
            all.undo(before, e);
        }
        int changed = all.changePages();
        LOG.warn(
                "open_transaction cannot be read at {}: what stands there was not {}; restore it, then start with"
                        + " --park-all; {} other rows were {}",
                all.left,
                done,
                changed,
                done);
        return changed;
    }

    private void undo(Savepoint before, SQLException e) throws SQLException {
        if (!DatabaseFault.isUnreadable(e)) {
            throw e;
        }
        connection.rollback(before);
    }

    private int change(String within) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql.apply(within))) {
            binding.bind(statement);
            return statement.executeUpdate();
        }
    }

    private int changePages() throws SQLException {
        try (Statement session = connection.createStatement()) {
            session.execute(ReadablePages.IN_ORDER_OF_PAGES);
            try (ResultSet pages = session.executeQuery(
                    "select pg_relation_size('open_transaction') / current_setting('block_size')::bigint")) {
                pages.next();
                return change(0, pages.getLong(1) * PLACES);
            }
        }
    }

    /** @param from a page's number times {@link #PLACES}, and a row's place on it */
    private int change(long from, long to) throws SQLException {
        if (from >= to) {
            return 0;
        }
        Savepoint before = connection.setSavepoint();
        try {
            int changed = change("ctid >= " + place(from) + " and ctid < " + place(to));
            connection.releaseSavepoint(before);
            return changed;
        } catch (SQLException e) {
            undo(before, e);
        }
        boolean isPage = to - from == PLACES;
        if (to - from == 1 || (isPage && !isReadable(from, to))) {
            left.add(isPage ? "page " + from / PLACES : place(from));
            return 0;
        }
        long pages = (to - from) / PLACES;
        long middle = pages > 1 ? from + pages / 2 * PLACES : (from + to) / 2;
        return change(from, middle) + change(middle, to);
    }

    private boolean isReadable(long from, long to) throws SQLException {
        Savepoint before = connection.setSavepoint();
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "select count(*) from open_transaction where ctid >= " + place(from) + " and ctid < " + place(to));
            return true;
        } catch (SQLException e) {
            undo(before, e);
            return false;
        }
    }

    private static String place(long place) {
        return "'(%d,%d)'".formatted(place / PLACES, place % PLACES);
    }
}
