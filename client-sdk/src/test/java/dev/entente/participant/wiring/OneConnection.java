package dev.entente.participant.wiring;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.Set;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** A data source that hands out its caller's one connection, and does not let it be closed: what frameworks wrap. */
public final class OneConnection implements DataSource {
    private final Connection connection;
    private final Set<String> ignored;

    public OneConnection(Connection connection) {
        this(connection, Set.of("close"));
    }

    private OneConnection(Connection connection, Set<String> ignored) {
        this.connection = connection;
        this.ignored = ignored;
    }

    /** A data source that leaves the end of the transaction to its caller as well. */
    public static OneConnection whoseCommitDoesNothing(Connection connection) {
        return new OneConnection(connection, Set.of("close", "commit", "rollback"));
    }

    @Override
    public Connection getConnection() {
        return (Connection) Proxy.newProxyInstance(
                OneConnection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (ignored.contains(method.getName())) {
                        return null;
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    @Override
    public Connection getConnection(String user, String password) {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() {
        throw new UnsupportedOperationException("nothing is written");
    }

    @Override
    public void setLogWriter(PrintWriter out) {
        throw new UnsupportedOperationException("nothing is written");
    }

    @Override
    public void setLoginTimeout(int seconds) {
        throw new UnsupportedOperationException("nobody logs in");
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        throw new UnsupportedOperationException("nothing is wrapped");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
