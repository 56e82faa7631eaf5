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
 * The outbox inside Spring's transactions: a message is sent if, and only if, the active transaction commits. The
 * transaction may use any access to the database: JPA, jOOQ, MyBatis, JdbcClient. Thread-safe.
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
     * @param observations receives each message; {@link ObservationRegistry#NOOP} for none
     */
    public TransactionalOutbox(Outbox outbox, DataSource dataSource, ObservationRegistry observations) {
        this(outbox, dataSource, observations, () -> null);
    }

    /** @param relay the application's, which must read the database of the messages */
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
     * Stores a message in the active transaction. Blocks.
     *
     * @return its id
     * @throws org.springframework.transaction.IllegalTransactionStateException ENT-090 outside a transaction of the
     *     data source, after its commit, or in a read-only transaction. Also if the application's relay reads another
     *     database than this transaction's database
     * @throws org.springframework.dao.DataAccessException if the database failed, or has a message with this id
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
