package dev.entente.spring;

import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.PriorityOrdered;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.support.ResourceTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/**
 * A transaction of one data source, from its begin until its commit or its rollback is done. Spring does not report
 * this state. In {@code afterCommit} and later, the connection is still bound to the thread although the transaction
 * has ended. Inside a transaction of another resource, Spring also binds a connection, but no manager commits it. For
 * one thread.
 */
final class OpenTransaction implements TransactionSynchronization, PriorityOrdered {
    private static final boolean HAS_JPA =
            ClassUtils.isPresent("org.springframework.orm.jpa.JpaTransactionManager", null);

    /** The bound connection. Spring binds another one while it suspends this transaction. */
    private final Object connection;

    private final boolean isReadOnly;
    private final List<FailedBody> failures = new ArrayList<>();

    private OpenTransaction(Object connection, boolean isReadOnly) {
        this.connection = connection;
        this.isReadOnly = isReadOnly;
    }

    /** Returns the open transaction of a data source on this thread; null if there is none. */
    static @Nullable OpenTransaction of(DataSource dataSource) {
        Object connection = TransactionSynchronizationManager.getResource(dataSource);
        return connection == null ? null : (OpenTransaction) TransactionSynchronizationManager.getResource(connection);
    }

    /** Returns the data source of a manager's transactions; null for a manager of another resource. */
    static @Nullable DataSource dataSource(TransactionManager manager) {
        if (HAS_JPA && manager instanceof JpaTransactionManager jpa) {
            return jpa.getDataSource();
        }
        return manager instanceof ResourceTransactionManager resource
                        && resource.getResourceFactory() instanceof DataSource own
                ? own
                : null;
    }

    /** Records each transaction that a manager begins from now on; further calls change nothing. */
    static void watch(TransactionManager manager) {
        if (manager instanceof ConfigurableTransactionManager watched
                && watched.getTransactionExecutionListeners().stream().noneMatch(Listener.class::isInstance)) {
            watched.addListener(new Listener(manager));
        }
    }

    /** Watches all transaction managers that are beans. */
    static final class Watch implements BeanPostProcessor {
        @Override
        public Object postProcessBeforeInitialization(Object bean, String name) {
            if (bean instanceof TransactionManager manager) {
                watch(manager);
            }
            return bean;
        }
    }

    boolean isReadOnly() {
        return isReadOnly;
    }

    /** Makes this transaction end in a rollback, also if the caller catches the failure. */
    void refuseCommit(String what, Throwable failure) {
        failures.add(new FailedBody(what, failure));
    }

    @Override
    public void savepoint(Object savepoint) {
        failures.forEach(failed -> failed.savepoint(savepoint));
    }

    @Override
    public void savepointRollback(Object savepoint) {
        failures.removeIf(failed -> failed.isTakenBackTo(savepoint));
    }

    /** Runs before all other callbacks. */
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public void afterCommit() {
        afterCompletion(STATUS_COMMITTED);
    }

    @Override
    public void afterCompletion(int status) {
        Object unused = TransactionSynchronizationManager.unbindResourceIfPossible(connection);
    }

    private record Listener(TransactionManager manager) implements TransactionExecutionListener {
        @Override
        public void afterBegin(TransactionExecution begun, @Nullable Throwable failure) {
            DataSource own = dataSource(manager);
            Object connection = own == null ? null : TransactionSynchronizationManager.getResource(own);
            if (failure == null
                    && begun.isNewTransaction() // and is no savepoint
                    && connection != null
                    && TransactionSynchronizationManager.isSynchronizationActive()) {
                OpenTransaction open = new OpenTransaction(connection, begun.isReadOnly());
                TransactionSynchronizationManager.bindResource(connection, open);
                TransactionSynchronizationManager.registerSynchronization(open);
            }
        }

        /** Runs after all {@code beforeCommit} callbacks, in which a body may have failed. */
        @Override
        public void beforeCommit(TransactionExecution ending) {
            DataSource own = dataSource(manager);
            OpenTransaction open = own == null ? null : of(own);
            if (open != null && ending.isNewTransaction() && !open.failures.isEmpty()) {
                throw open.failures.get(0).refusal();
            }
        }
    }
}
