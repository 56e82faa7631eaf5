package dev.entente.client;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PgConnection;
import org.postgresql.util.HostSpec;

/** Real connections that close and then throw an exception. */
final class BreakingOnClose extends PGSimpleDataSource {
    private static final long serialVersionUID = 1;

    private BreakingOnClose() {}

    static BreakingOnClose like(PGSimpleDataSource model) {
        BreakingOnClose breaking = new BreakingOnClose();
        breaking.setUrl(model.getUrl());
        breaking.setUser(model.getUser());
        return breaking;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Properties properties = Objects.requireNonNull(Driver.parseURL(getUrl(), new Properties()), getUrl());
        properties.setProperty("user", Objects.requireNonNull(getUser()));
        HostSpec host =
                new HostSpec(properties.getProperty("PGHOST"), Integer.parseInt(properties.getProperty("PGPORT")));
        return new PgConnection(new HostSpec[] {host}, properties, getUrl()) {
            @Override
            public void close() throws SQLException {
                super.close();
                throw new SQLException("broken while it was closed");
            }
        };
    }
}
