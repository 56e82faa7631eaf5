package dev.entente.spring;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

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
    private final Supplier<@Nullable RelayLifecycle> relay;

    /**
     * @param dataSource that of the application's transactions
     * @param observations told of each message; {@link ObservationRegistry#NOOP} of none
     */
    public TransactionalOutbox(Outbox outbox, DataSource dataSource, ObservationRegistry observations) {
        this(outbox, dataSource, observations, () -> null);
    }

    /** @param relay the application's, which must read the database that a message is written to */
    TransactionalOutbox(
            Outbox outbox,
            DataSource dataSource,
            ObservationRegistry observations,
            Supplier<@Nullable RelayLifecycle> relay) {
        this.outbox = outbox;
        this.connection = new TransactionalConnection(dataSource);
        this.observations = observations;
        this.relay = relay;
    }

    /**
     * Writes a message down, in the transaction that runs. Blocks.
     *
     * @return its id
     * @throws org.springframework.transaction.IllegalTransactionStateException ENT-090 outside of a transaction of
     *     the data source, behind its commit, or in a read-only one; or where the application's relay reads another
     *     database than the message is written to
     * @throws org.springframework.dao.DataAccessException if the database failed, or has a message of that id
     */
    public String enqueue(OutboxMessage message) {
        return Observation.createNotStarted("entente.outbox.enqueue", observations)
                .observe(() -> connection.run("an outbox message", same -> enqueue(same, message)));
    }

    private String enqueue(Connection same, OutboxMessage message) throws SQLException {
        RelayLifecycle running = relay.get();
        if (running != null) {
            running.database().require(same);
        }
        return outbox.enqueue(same, message);
    }
}
