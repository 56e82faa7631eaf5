package dev.entente.spring;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import javax.sql.DataSource;

/**
 * The outbox inside Spring's transactions: a message is sent if, and only if, the transaction that runs is committed.
 * It does not matter what else works in it: JPA, jOOQ, MyBatis, JdbcClient. Thread-safe.
 *
 * <pre>{@code
 * @Transactional
 * void place(Order order) {
 *   orders.save(order);
 *   outbox.enqueue(OutboxMessage.toKafka("orders", json).key(order.id()));
 * }
 * }</pre>
 */
public final class TransactionalOutbox {
    private final Outbox outbox;
    private final TransactionalConnection connection;
    private final ObservationRegistry observations;

    /**
     * @param dataSource that of the application's transactions
     * @param observations told of each message; {@link ObservationRegistry#NOOP} of none
     */
    public TransactionalOutbox(Outbox outbox, DataSource dataSource, ObservationRegistry observations) {
        this.outbox = outbox;
        this.connection = new TransactionalConnection(dataSource);
        this.observations = observations;
    }

    /**
     * Writes a message down, in the transaction that runs. Blocks.
     *
     * @return its id
     * @throws org.springframework.transaction.IllegalTransactionStateException ENT-090 outside of a transaction of
     *     the data source, behind its commit, or in a read-only one
     * @throws org.springframework.dao.DataAccessException if the database failed, or has a message of that id
     */
    public String enqueue(OutboxMessage message) {
        return Observation.createNotStarted("entente.outbox.enqueue", observations)
                .observe(() -> connection.run("an outbox message", same -> outbox.enqueue(same, message)));
    }
}
