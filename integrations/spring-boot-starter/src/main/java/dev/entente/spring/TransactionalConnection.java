package dev.entente.spring;

import dev.entente.jdbc.SqlCondition;
import dev.entente.participant.BarrierUnusable;
import dev.entente.participant.Branch;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.support.DataAccessUtils;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.orm.jpa.EntityManagerFactoryInfo;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.orm.jpa.JpaDialect;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/** The connection of the open transaction of a data source. Thread-safe. */
final class TransactionalConnection {
    private static final SQLExceptionTranslator TRANSLATOR = new SQLExceptionSubclassTranslator();

    private static final String OTHER_TRANSACTION = " needs an open transaction of its data source, but the transaction"
            + " of this thread is of another resource, has ended (afterCommit, @TransactionalEventListener), or was"
            + " begun by a transaction manager that is not a bean; begin a new transaction: @Transactional(propagation"
            + " = REQUIRES_NEW), with the transaction manager of that data source";
    private static final String READ_ONLY =
            " writes, but the transaction is read-only; remove readOnly = true from its @Transactional";

    private static final boolean HAS_JPA = ClassUtils.isPresent(
            "org.springframework.orm.jpa.EntityManagerHolder", TransactionalConnection.class.getClassLoader());

    private final DataSource dataSource;

    TransactionalConnection(DataSource dataSource) {
        this.dataSource = target(dataSource);
    }

    /** Returns the data source with the connections that a transaction manager binds. */
    static DataSource target(DataSource dataSource) {
        DataSource target =
                dataSource instanceof TransactionAwareDataSourceProxy proxy ? proxy.getTargetDataSource() : null;
        return target == null ? dataSource : target;
    }

    /** The work inside the active transaction. */
    @FunctionalInterface
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** Writes pending changes of JPA's and MyBatis's sessions, so that they fail before the answer is stored. */
    static void flush() {
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.getSynchronizations().stream()
                    .filter(each -> each.getClass().getName().startsWith("org.mybatis.spring."))
                    .forEach(each -> each.beforeCommit(false)); // the only method with which MyBatis writes a batch
        }
        if (HAS_JPA) {
            Jpa.flush();
        }
    }

    /** The code that needs JPA. This class is loaded only in applications with JPA. */
    private static final class Jpa {
        /** Flushes by the resources, because JpaTransactionManager registers no synchronization. */
        static void flush() {
            Map.copyOf(TransactionSynchronizationManager.getResourceMap()).forEach((factory, resource) -> {
                if (resource instanceof EntityManagerHolder holder && holder.isSynchronizedWithTransaction()) {
                    try {
                        holder.getEntityManager().flush();
                    } catch (RuntimeException failure) {
                        JpaDialect dialect =
                                factory instanceof EntityManagerFactoryInfo known ? known.getJpaDialect() : null;
                        throw dialect == null ? failure : DataAccessUtils.translateIfNecessary(failure, dialect);
                    }
                }
            });
        }
    }

    /**
     * Runs the work on the connection of the open transaction.
     *
     * @param what the work, for messages
     * @throws IllegalTransactionStateException ENT-090 if no transaction of this data source is open, or it is
     *     read-only; in a coordinator's call {@link BarrierUnusable}, which parks the transaction
     * @throws org.springframework.dao.DataAccessException if the database failed
     */
    <T> T run(String what, Work<T> work) {
        OpenTransaction open = OpenTransaction.of(dataSource);
        if (open == null || open.isReadOnly()) {
            throw refused(what + (open == null ? noneOpen() : READ_ONLY));
        }
        Connection connection = DataSourceUtils.getConnection(dataSource);
        try {
            return work.on(connection);
        } catch (SQLException failure) {
            String wrong = SqlCondition.wrongConnection(connection, failure);
            if (wrong != null) {
                throw refused(what + " writes: " + wrong);
            }
            DataAccessException reported = TRANSLATOR.translate(what, null, failure);
            throw reported == null ? new UncategorizedSQLException(what, null, failure) : reported;
        } finally {
            DataSourceUtils.releaseConnection(connection, dataSource);
        }
    }

    static RuntimeException refused(String why) {
        return Branch.current().isPresent()
                ? BarrierUnusable.wrongTransaction(why)
                : new IllegalTransactionStateException("ENT-090: " + why);
    }

    /** Runs the work. If the work fails, the transaction ends in a rollback, also if the failure is caught. */
    <T> T runOrRollBack(String what, Work<T> work) {
        return run(what, connection -> {
            OpenTransaction open = OpenTransaction.of(dataSource);
            try {
                return work.on(connection);
            } catch (Throwable failure) { // each failure is rethrown
                if (open != null) {
                    open.refuseCommit(what, failure);
                }
                throw failure;
            }
        });
    }

    private static String noneOpen() {
        return TransactionSynchronizationManager.isActualTransactionActive()
                ? OTHER_TRANSACTION
                : " needs a transaction, and none is open; call it from a @Transactional method, through its bean";
    }
}
