package dev.entente.server.store.admin;

import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.DatabaseUrl;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.ds.PGSimpleDataSource;

/** Connections that wait for a statement as long as it takes, whatever the URL says. */
final class PatientSource extends PGSimpleDataSource {
    private static final long serialVersionUID = 1L;

    /** @param purpose seen in {@code pg_stat_activity} */
    PatientSource(DatabaseSettings settings, String purpose) {
        setUser(settings.user());
        setPassword(settings.password());
        setUrl(settings.jdbcUrl());
        String sslMode = DatabaseUrl.tls(settings.jdbcUrl()).get("sslmode");
        if (sslMode != null) {
            setSslMode(sslMode);
        }
        setApplicationName("entente " + purpose);
        setTcpKeepAlive(true);
        setConnectTimeout(5);
        setLoginTimeout(10);
        setSocketTimeout(0);
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = super.getConnection();
        try (Statement session = connection.createStatement()) {
            session.execute(Database.NOTICES_SILENCE);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }
}
