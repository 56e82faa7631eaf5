package dev.entente.rocketmq;

import dev.entente.jdbc.CallersTransaction;
import dev.entente.jdbc.LocalTransaction;
import dev.entente.participant.Barrier;
import dev.entente.participant.CheckBack;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.TransactionMQProducer;

/**
 * Sends a message to RocketMQ if and only if a local transaction is committed, with RocketMQ's half messages.
 *
 * <pre>{@code
 * RocketTransactions rocket = RocketTransactions.open(
 *     "rocketmq:9876", "shop", List.of("orders"), dataSource, Barrier.postgres());
 * rocket.run(RocketMessage.to("orders", json).id("created-4711"), connection -> insertOrder(connection));
 * }</pre>
 *
 * <p>A broker stores the half message before the body starts, invisible to consumers. The body runs in one transaction
 * with a row of {@code entente_barrier}. After the commit this class informs the broker. If this process dies in
 * between, the broker asks another process of the group, or this one after its restart, which answers from the row. If
 * there is no row, the answer writes one, which prevents a late commit. Thread-safe.
 */
public final class RocketTransactions implements AutoCloseable {
    private final TransactionMQProducer producer;
    private final DataSource dataSource;

    private RocketTransactions(TransactionMQProducer producer, DataSource dataSource) {
        this.producer = producer;
        this.dataSource = dataSource;
    }

    /**
     * Opens the sender, and answers brokers' questions from now on. Waits at most a few seconds for unavailable name
     * servers.
     *
     * @param nameServers {@code host:port;host:port}
     * @param group the producers' group, {@code [%|A-Za-z0-9_-]+}: used by all processes with this database, and by no
     *     others, because brokers ask any process of the group
     * @param topics the topics of the messages, at least one. RocketMQ's client registers with the brokers of these
     *     topics, and with others at the first message. Brokers only ask registered processes
     * @param dataSource the database of the local transactions; its primary
     * @param barrier determines how long marks are kept; its table must exist
     * @throws IllegalArgumentException if the group has another form, or this process already has a producer of the
     *     group
     */
    public static RocketTransactions open(
            String nameServers, String group, List<String> topics, DataSource dataSource, Barrier barrier) {
        TransactionMQProducer producer = new TransactionMQProducer(group);
        producer.setNamesrvAddr(nameServers);
        return open(producer, topics, dataSource, barrier);
    }

    /**
     * Opens the sender with a configured producer, such as for access control or TLS. The producer must not be started
     * yet, and belongs to this sender from then on.
     */
    public static RocketTransactions open(
            TransactionMQProducer producer, List<String> topics, DataSource dataSource, Barrier barrier) {
        if (topics.isEmpty()) {
            throw new IllegalArgumentException(
                    "no topic is given; give the topics, because their brokers ask for results from the start");
        }
        topics.forEach(RocketMessage::checkTopic);
        producer.setTopics(topics);
        producer.setTransactionListener(new LocalListener(CheckBack.of(barrier, dataSource)));
        try {
            producer.start();
        } catch (MQClientException wrong) {
            throw new IllegalArgumentException(wrong.getMessage(), wrong);
        }
        return new RocketTransactions(producer, dataSource);
    }

    /**
     * Commits a local transaction and sends the message, both or neither. Blocks. After the local commit the message
     * will be sent. If the broker cannot be informed, it asks.
     *
     * @return the result of the body; its transaction is committed
     * @throws X of the body; its transaction was rolled back, and no message is sent
     * @throws SQLException of the database, likewise
     * @throws RocketUnavailable if the half message could not be stored: nothing was done
     * @throws LocalUnanswered if the local commit was not answered: both will happen, or neither
     * @throws IdTaken if the id was used before, or the broker had asked already: nothing was done by this call
     * @throws IllegalStateException ENT-096 inside a transaction of Spring's; use the outbox there
     */
    public <T, X extends Exception> T run(RocketMessage message, LocalTransaction.Work<T, X> body)
            throws SQLException, X {
        if (CallersTransaction.isOnThread()) {
            throw new IllegalStateException(
                    "ENT-096: this call commits its own transaction, and this thread already has an open transaction;"
                            + " enqueue the message into the outbox inside the open transaction, or make this call"
                            + " outside of the open transaction");
        }
        LocalRun<T, X> local = new LocalRun<>(message.id(), new LocalTransaction<>(message.id(), dataSource, body));
        try {
            var unused = producer.sendMessageInTransaction(message.toMessage(), local);
        } catch (MQClientException | RuntimeException unsent) {
            if (!local.hasRun()) {
                throw new RocketUnavailable(message + " was not stored: " + RocketFailures.describe(unsent), unsent);
            }
        }
        return local.result();
    }

    /** Closes the sender; brokers then ask other processes of the group. */
    @Override
    public void close() {
        producer.shutdown();
    }
}
