package dev.entente.server.app;

import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WriteResult;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Kills the process where it hurts most: so many decisions have become durable, and the first undo or completion of the
 * last one is about to leave. For fault tests of the built jar; the environment asks for it.
 */
record FaultPoint(TransactionStore inner, AtomicInteger decisionsLeft, Set<String> decided) {
    /** After that many decisions the process halts; unset for never. */
    static final String HALT_AFTER_DECISIONS = "ENTENTE_FAULT_HALT_AFTER_DECISIONS";

    private static final int KILLED = 137;

    /** The store itself, unless the environment asks for a fault. */
    static TransactionStore fromEnvironment(TransactionStore store) {
        String decisions = System.getenv(HALT_AFTER_DECISIONS);
        if (decisions == null) {
            return store;
        }
        FaultPoint point =
                new FaultPoint(store, new AtomicInteger(Integer.parseInt(decisions)), ConcurrentHashMap.newKeySet());
        return (TransactionStore) Proxy.newProxyInstance(
                FaultPoint.class.getClassLoader(),
                new Class<?>[] {TransactionStore.class},
                (_, method, arguments) -> point.call(method, arguments));
    }

    private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
        boolean isDecision = arguments != null
                && arguments[0] instanceof RowWrite write
                && write.change() instanceof RowWrite.Flush
                && isDecided(write.change().state())
                && decided.add(write.gid());
        try {
            Object answer = method.invoke(inner, arguments);
            return answer instanceof CompletableFuture<?> future
                    ? future.thenApply(found -> noted(found, isDecision))
                    : answer;
        } catch (InvocationTargetException failed) {
            throw failed.getCause();
        }
    }

    private static boolean isDecided(TransactionState state) {
        return state == TransactionState.UNDOING || state == TransactionState.COMPLETING;
    }

    /** Notes which claimed rows are decided already: later writes of them are progress and no decision. */
    private @Nullable Object noted(@Nullable Object found, boolean isDecision) {
        if (found instanceof List<?> rows) {
            rows.stream()
                    .filter(one -> one instanceof OpenRow row && isDecided(row.state()))
                    .forEach(row -> decided.add(((OpenRow) row).gid()));
        } else if (isDecision && found instanceof WriteResult.Written && decisionsLeft.decrementAndGet() == 0) {
            Runtime.getRuntime().halt(KILLED);
        }
        return found;
    }
}
