package dev.entente.spring;

import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.SqlCondition;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.Environment;

/** Determines the dialect of the application's database, creates Entente's tables, and warns of missing tables. */
final class Databases {
    private static final Logger LOG = LoggerFactory.getLogger(Databases.class);
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    /** MariaDB's codes for a missing privilege on a table and on the database. */
    private static final Set<Integer> DENIED = Set.of(1142, 1044);

    private Databases() {}

    /** The creation of tables. */
    @FunctionalInterface
    interface Creation {
        void run() throws SQLException;
    }

    /** Reports a database without support, or a database that is unknown. */
    private static final class Unknown extends WrongSetup {
        private static final long serialVersionUID = 1;

        Unknown(String name) {
            super(
                    "Entente's tables need PostgreSQL or MariaDB, but the data source connects to " + name,
                    "use PostgreSQL or MariaDB (tests can start one in a container), or mark its data source @Primary;"
                            + " for a database that understands MariaDB's statements, such as MySQL (not tested), set"
                            + " entente.dialect=mariadb; an application that only starts transactions needs no tables",
                    null);
        }

        Unknown(SQLException unavailable) {
            super(
                    "the database is unavailable, so its dialect is not known: " + unavailable.getMessage(),
                    "start the database, or set the dialect: entente.dialect=postgres, or mariadb",
                    null);
        }
    }

    /** Returns the bean; null if the starter does not support the application's database. Blocks. */
    static <T> @Nullable T unlessUnknown(Supplier<@Nullable T> bean) {
        try {
            return bean.get();
        } catch (BeansException refused) {
            if (refused.getMostSpecificCause() instanceof Unknown) {
                return null;
            }
            throw refused;
        }
    }

    /**
     * Returns the dialect of the property, or otherwise of the database. If the database is unavailable, the URL
     * decides, so that a context starts, or is built for an image, without its database. Blocks.
     *
     * @throws WrongSetup if the database is not supported, or the dialect is unknown
     */
    static Dialect dialect(DataSource dataSource, EntenteProperties properties, Environment environment) {
        if (properties.dialect() != null) {
            return properties.dialect();
        }
        try (Connection connection = dataSource.getConnection()) {
            DatabaseMetaData database = connection.getMetaData();
            String name = database.getDatabaseProductName();
            // MySQL's driver reports MariaDB as MySQL.
            boolean isMariadb = name.equals("MariaDB")
                    || (name.equals("MySQL")
                            && database.getDatabaseProductVersion().contains("MariaDB"));
            if (isMariadb) {
                return Dialect.MARIADB;
            }
            if (name.equals("PostgreSQL") || name.equals("EnterpriseDB")) {
                return Dialect.POSTGRES;
            }
            throw new Unknown(name);
        } catch (SQLException unavailable) {
            String url = environment.getProperty("spring.datasource.url", "");
            if (url.startsWith("jdbc:postgresql:")) {
                return Dialect.POSTGRES;
            }
            if (url.startsWith("jdbc:mariadb:")) {
                return Dialect.MARIADB;
            }
            throw new Unknown(unavailable);
        }
    }

    /**
     * Creates tables if a property requests them, unless this run only builds the context ({@code
     * spring.context.exit}). Blocks.
     *
     * @throws WrongSetup if the database user lacks the privilege
     */
    static void create(DataSource dataSource, String property, String ddl, Creation creation) {
        if (SpringProperties.getProperty(DefaultLifecycleProcessor.EXIT_PROPERTY_NAME) != null) {
            return;
        }
        try {
            creation.run();
        } catch (SQLException failure) {
            boolean isForbidden =
                    INSUFFICIENT_PRIVILEGE.equals(failure.getSQLState()) || DENIED.contains(failure.getErrorCode());
            throw new WrongSetup(
                    property + " failed: " + failure.getMessage(),
                    SqlCondition.remedy(
                            failure,
                            (isForbidden ? grant(dataSource) + "; or" : "otherwise") + " set " + property
                                    + " to false and run in your migrations:\n" + ddl),
                    failure);
        }
    }

    /**
     * Warns if a table is missing that a bean of these types will use: a migration may still create the table. Blocks.
     */
    static void warnOfMissing(
            ConfigurableListableBeanFactory beans,
            List<Class<?>> users,
            DataSource dataSource,
            String table,
            String property,
            Supplier<String> ddl) {
        if (users.stream()
                .flatMap(user -> Stream.of(beans.getBeanNamesForType(user, false, false)))
                .noneMatch(beans::containsSingleton)) {
            return;
        }
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("select 1 from " + table + " where 1 = 0");
        } catch (SQLException failure) { // the first call reports any other failure
            if (Housekeeping.isMissingTable(failure)) {
                LOG.warn(
                        "there is no table {} ({}); set {}=true, or run in a migration:\n{}",
                        table,
                        "entente_barrier".equals(table) ? "ENT-091: all calls of coordinators park" : "ENT-094",
                        property,
                        ddl.get());
            }
        }
    }

    private static String grant(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            String user = connection.getMetaData().getUserName();
            return Dialect.of(connection) == Dialect.MARIADB
                    ? "grant create, alter, index on " + connection.getCatalog() + ".* to '" + user.replace("@", "'@'")
                            + "'"
                    : "grant create on schema " + connection.getSchema() + " to \"" + user + "\"";
        } catch (SQLException silent) {
            return "grant its user the right to create tables";
        }
    }
}
