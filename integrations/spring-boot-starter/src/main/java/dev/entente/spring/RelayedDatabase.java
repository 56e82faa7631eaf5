package dev.entente.spring;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * The relay's data source, which records the database that the relay reads. With a routing data source a request may
 * write to another database, and the relay would never deliver its message. Thread-safe.
 */
final class RelayedDatabase extends DelegatingDataSource {
    private static final Pattern PARAMETERS = Pattern.compile("[?;].*");

    private volatile @Nullable String url;

    RelayedDatabase(DataSource dataSource) {
        super(dataSource);
    }

    /** Returns whether the data source selects a database for each connection, as Spring's routing data source does. */
    static boolean isRouting(DataSource dataSource) {
        DataSource target = dataSource;
        while (target instanceof DelegatingDataSource proxy && proxy.getTargetDataSource() != null) {
            target = proxy.getTargetDataSource();
        }
        Class<?> type = target.getClass();
        while (type != null && !type.getSimpleName().equals("AbstractRoutingDataSource")) {
            type = type.getSuperclass();
        }
        return type != null;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = super.getConnection();
        try {
            url = url(connection);
            return connection;
        } catch (SQLException | RuntimeException broken) {
            connection.close();
            throw broken;
        }
    }

    /** Returns the URL of the relay's database, without parameters; null before the relay's first connection. */
    @Nullable
    String url() {
        return url;
    }

    /**
     * Refuses a connection to another database than the relay's.
     *
     * @throws org.springframework.transaction.IllegalTransactionStateException ENT-090; in a coordinator's call {@link
     *     dev.entente.participant.BarrierUnusable}, which parks the transaction
     */
    void require(Connection connection) throws SQLException {
        String relayed = url;
        String written = url(connection);
        if (relayed != null && written != null && !relayed.equals(written)) {
            throw TransactionalConnection.refused("the outbox message is written to " + written
                    + ", but the relay of this application delivers only the messages of " + relayed
                    + "; set entente.outbox.relay.enabled=false and start an OutboxRelay for each database");
        }
    }

    private static @Nullable String url(Connection connection) throws SQLException {
        String url = connection.getMetaData().getURL();
        return url == null ? null : PARAMETERS.matcher(url).replaceFirst("");
    }
}
