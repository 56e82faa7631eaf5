package dev.entente.spring;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** The connection of Spring's running transaction. Thread-safe. */
final class TransactionalConnection {
    private static final SQLExceptionTranslator TRANSLATOR = new SQLExceptionSubclassTranslator();

    private final DataSource dataSource;

    TransactionalConnection(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** Work inside the running transaction. */
    @FunctionalInterface
    interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    /** Has sessions such as JPA's write now, so that a failure comes before the answer, and is seen on the connection. */
    static void flush() {
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.getSynchronizations().forEach(TransactionSynchronization::flush);
        }
    }

    /**
     * Runs it on the connection of the running transaction.
     *
     * @param what it is, for messages
     * @throws IllegalTransactionStateException ENT-090 if no transaction runs, or it is one of another database
     * @throws org.springframework.dao.DataAccessException if the database failed
     */
    <T> T run(String what, Work<T> work) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalTransactionStateException("ENT-090: " + what
                    + " belongs to a transaction, and none runs here; call it from a @Transactional method, through its"
                    + " bean");
        }
        Connection connection = DataSourceUtils.getConnection(dataSource);
        try {
            if (!DataSourceUtils.isConnectionTransactional(connection, dataSource)) {
                throw new IllegalTransactionStateException("ENT-090: " + what
                        + " belongs to a transaction of its own data source, and the one that runs is of another; name"
                        + " its transaction manager in @Transactional");
            }
            return work.on(connection);
        } catch (SQLException failure) {
            DataAccessException told = TRANSLATOR.translate(what, null, failure);
            throw told == null ? new UncategorizedSQLException(what, null, failure) : told;
        } finally {
            DataSourceUtils.releaseConnection(connection, dataSource);
        }
    }
}
