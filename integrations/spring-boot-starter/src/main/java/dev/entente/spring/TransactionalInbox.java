package dev.entente.spring;

import dev.entente.outbox.Inbox;
import javax.sql.DataSource;

/**
 * The inbox inside Spring's transactions: the work of a message is done once. Thread-safe.
 *
 * <pre>{@code
 * @KafkaListener(topics = "orders")
 * @Transactional
 * void placed(ConsumerRecord<String, String> record) {
 *   inbox.from(record.topic()).once(id(record), () -> points.add(record.key(), 10));
 * }
 * }</pre>
 */
public final class TransactionalInbox {
    private final Inbox inbox;
    private final DataSource dataSource;

    /** @param dataSource that of the application's transactions */
    public TransactionalInbox(Inbox inbox, DataSource dataSource) {
        this.inbox = inbox;
        this.dataSource = dataSource;
    }

    /** Returns an inbox of this consumer. Each consumer processes every message once. */
    public TransactionalInbox consumer(String name) {
        return new TransactionalInbox(inbox.consumer(name), dataSource);
    }

    /** Returns an inbox for the ids of one source, such as a topic, as {@link Inbox#from}. */
    public TransactionalInbox from(String source) {
        return new TransactionalInbox(inbox.from(source), dataSource);
    }

    /**
     * Runs the body if no committed transaction has processed this message. Blocks while another transaction processes
     * it. If the body throws, the complete transaction is rolled back, also if the caller catches the exception. The
     * reason is that a session such as JPA's cannot be rolled back to a savepoint. To continue after a failure, call
     * this method in a separate transaction ({@code REQUIRES_NEW}).
     *
     * @return whether the body ran
     * @throws org.springframework.transaction.IllegalTransactionStateException ENT-090 outside a transaction of the
     *     data source, after its commit, or in a read-only transaction
     * @throws org.springframework.dao.DataAccessException if the database failed
     */
    public boolean once(String messageId, Runnable body) {
        return new TransactionalConnection(dataSource)
                .runOrRollBack(
                        "message '" + messageId + "'",
                        same -> inbox.once(same, messageId, connection -> {
                            body.run();
                            TransactionalConnection.flush();
                        }));
    }
}
