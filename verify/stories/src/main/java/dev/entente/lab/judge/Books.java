package dev.entente.lab.judge;

import dev.entente.demo.ShopService;
import dev.entente.rig.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and, where a scenario needs it, fills the participants' databases. Blocks; a connection per question.
 * Thread-safe.
 */
public final class Books {
    private final EmbeddedDatabase database;

    public Books(EmbeddedDatabase database) {
        this.database = database;
    }

    /** The one number that {@code sql} answers, such as a count or a balance. */
    public long number(ShopService service, String sql, Object... arguments) throws SQLException {
        try (Connection connection = database.connect(service.databaseName());
                PreparedStatement statement = prepared(connection, sql, arguments);
                ResultSet rows = statement.executeQuery()) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** The texts in the first column of what {@code sql} answers. */
    public List<String> texts(ShopService service, String sql, Object... arguments) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Connection connection = database.connect(service.databaseName());
                PreparedStatement statement = prepared(connection, sql, arguments);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    /** Changes a participant's data behind its back: opening balances, goods that came in. */
    public void change(ShopService service, String sql, Object... arguments) throws SQLException {
        try (Connection connection = database.connect(service.databaseName());
                PreparedStatement statement = prepared(connection, sql, arguments)) {
            statement.executeUpdate();
        }
    }

    /**
     * Returns the effects of all services for transactions whose gid has that prefix; those of one service in its
     * order.
     */
    public List<ParticipantEffect> effects(String gidPrefix) throws SQLException {
        List<ParticipantEffect> effects = new ArrayList<>();
        for (ShopService service : ShopService.values()) {
            if (exists(service)) {
                effects.addAll(effects(service, gidPrefix));
            }
        }
        return effects;
    }

    /** Tells whether the service has a database: not every run needs every service. */
    public boolean exists(ShopService service) throws SQLException {
        try (Connection connection = database.connect("postgres");
                PreparedStatement statement =
                        prepared(connection, "select from pg_database where datname = ?", service.databaseName());
                ResultSet rows = statement.executeQuery()) {
            return rows.next();
        }
    }

    private List<ParticipantEffect> effects(ShopService service, String gidPrefix) throws SQLException {
        String sql = "select gid, branch, op, method from ledger where starts_with(gid, ?) order by id";
        List<ParticipantEffect> effects = new ArrayList<>();
        try (Connection connection = database.connect(service.databaseName());
                PreparedStatement statement = prepared(connection, sql, gidPrefix);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                effects.add(new ParticipantEffect(
                        service, rows.getString(1), rows.getString(2), rows.getString(3), rows.getString(4)));
            }
        }
        return effects;
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... arguments)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }
}
