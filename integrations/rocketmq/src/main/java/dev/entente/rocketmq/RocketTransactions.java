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
 * Sends a message to RocketMQ if and only if a local transaction is committed, by RocketMQ's half messages.
 *
 * <pre>{@code
 * RocketTransactions rocket = RocketTransactions.open(
 *     "rocketmq:9876", "shop", List.of("orders"), dataSource, Barrier.postgres());
 * rocket.run(RocketMessage.to("orders", json).id("created-4711"), connection -> insertOrder(connection));
 * }</pre>
 *
 * <p>The half message is stored by a broker before the body starts, and seen by nobody. The body runs in one
 * transaction with a row of {@code entente_barrier} and is committed; then the broker is told. Where this process dies
 * in between, the broker asks another process of the same group, or this one when it is back, and is answered from that
 * row. A question that finds no row writes one, which forbids the late commit. Thread-safe.
 */
public final class RocketTransactions implements AutoCloseable {
    private final TransactionMQProducer producer;
    private final DataSource dataSource;

    private RocketTransactions(TransactionMQProducer producer, DataSource dataSource) {
        this.producer = producer;
        this.dataSource = dataSource;
    }

    /**
     * Opens it, and answers brokers' questions from now on. Waits a few seconds for name servers that
     * are away, and no longer.
     *
     * @param nameServers {@code host:port;host:port}
     * @param group the producers' group, {@code [%|A-Za-z0-9_-]+}: the same for all processes on this database, and for
     *     no others, for brokers ask any process of the group
     * @param topics at least one: those that messages go to. RocketMQ's client tells the brokers of these that it is
     *     there, and of no others before the first message; brokers ask only whom they know
     * @param dataSource where local transactions run; its primary
     * @param barrier says how long marks are kept; its table has to be there
     * @throws IllegalArgumentException if the group has another form, or this process has a producer of it already
     */
    public static RocketTransactions open(
            String nameServers, String group, List<String> topics, DataSource dataSource, Barrier barrier) {
        TransactionMQProducer producer = new TransactionMQProducer(group);
        producer.setNamesrvAddr(nameServers);
        return open(producer, topics, dataSource, barrier);
    }

    /**
     * As the other one, with a producer that is configured, as for access control or TLS. It is not started yet, and
     * belongs to this from then on.
     */
    public static RocketTransactions open(
            TransactionMQProducer producer, List<String> topics, DataSource dataSource, Barrier barrier) {
        if (topics.isEmpty()) {
            throw new IllegalArgumentException("name the topics: their brokers' questions are answered from the start");
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
     * Commits a local transaction and has the message leave, both or neither. Blocks. From the local commit on nothing
     * keeps the message back; where the broker cannot be told, it asks.
     *
     * @return what the body came to; its transaction is committed
     * @throws X of the body; its transaction was rolled back, and nothing leaves
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
                    "ENT-096: this commits a transaction of its own, and one runs on this thread already; enqueue the"
                            + " message into the outbox inside that transaction, or call this outside of it");
        }
        LocalRun<T, X> local = new LocalRun<>(message.id(), new LocalTransaction<>(message.id(), dataSource, body));
        try {
            var unused = producer.sendMessageInTransaction(message.toMessage(), local);
        } catch (MQClientException | RuntimeException unsent) {
            if (!local.hasRun()) {
                throw new RocketUnavailable(message + " was not stored: " + Failures.describe(unsent), unsent);
            }
        }
        return local.result();
    }

    /** Ends it; brokers ask other processes of the group from then on. */
    @Override
    public void close() {
        producer.shutdown();
    }
}
