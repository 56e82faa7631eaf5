package dev.entente.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.function.Function;

/**
 * The connection that a body receives. The connection refuses to end the transaction, because the caller of the body
 * owns the transaction. The body may use savepoints.
 */
public final class BodyConnection implements InvocationHandler {
    private final Connection connection;
    private final Function<String, RuntimeException> refusal;

    private BodyConnection(Connection connection, Function<String, RuntimeException> refusal) {
        this.connection = connection;
        this.refusal = refusal;
    }

    /**
     * Wraps a connection for a body.
     *
     * @param refusal makes the exception for a method that the body must not call, such as {@code commit()}
     */
    public static Connection of(Connection connection, Function<String, RuntimeException> refusal) {
        return (Connection) Proxy.newProxyInstance(
                BodyConnection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                new BodyConnection(connection, refusal));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (endsTransaction(method, arguments)) {
            throw refusal.apply(method.getName() + "()");
        }
        try {
            return method.invoke(connection, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static boolean endsTransaction(Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "commit", "close", "abort" -> true;
            case "rollback" -> method.getParameterCount() == 0;
            case "setAutoCommit" -> Boolean.TRUE.equals(arguments[0]);
            default -> false;
        };
    }
}
