package dev.entente.kafka;

import dev.entente.kafka.ProducerLink.LinkBroken;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one transaction after another on its own thread; attempts that wait meanwhile form the next transactions. A
 * message is delivered after its transaction's commit, which takes one round trip for all messages.
 *
 * <p>A transaction with a refused record is sent again in halves, because Kafka's client reports one error for all its
 * records. A message only counts as refused if it was alone. After any other failure the result of the transaction is
 * unknown. All its messages are unanswered, and the producer is replaced: a new one with the transactional id ends the
 * open transaction.
 */
final class TransactionalSender implements Runnable {
    private static final Duration IDLE = Duration.ofMillis(200);
    private static final Logger LOG = LoggerFactory.getLogger(TransactionalSender.class);

    private final SendQueue queue;
    private final ProducerLink link;
    private final KnownTopics topics;
    private volatile boolean isClosing;

    TransactionalSender(SendQueue queue, ProducerLink link, KnownTopics topics) {
        this.queue = queue;
        this.link = link;
        this.topics = topics;
    }

    /** Makes the thread end after its current transaction. */
    void close() {
        isClosing = true;
    }

    @Override
    public void run() {
        try {
            while (!isClosing) {
                for (List<Sending> batch : queue.take(IDLE)) {
                    send(batch);
                }
            }
        } catch (InterruptedException closing) {
            LOG.debug("interrupted while closing");
        } finally {
            link.close();
            queue.endAll("the carrier to Kafka is closed");
        }
    }

    /** Sends a batch. Each attempt has ended when this returns, and the thread continues after any exception. */
    private void send(List<Sending> batch) {
        Deque<List<Sending>> rest = new ArrayDeque<>(List.of(batch));
        try {
            while (!rest.isEmpty()) {
                List<Sending> open =
                        rest.element().stream().filter(Sending::isOpen).toList();
                List<List<Sending>> halves = open.isEmpty() ? List.of() : transact(open);
                rest.remove();
                for (int i = halves.size() - 1; i >= 0; i--) {
                    rest.addFirst(halves.get(i));
                }
            }
        } catch (LinkBroken unavailable) {
            end(rest, String.valueOf(unavailable.getMessage()));
        } catch (RuntimeException | Error broken) {
            LOG.debug("a transaction of up to {} messages failed", batch.size(), broken);
            link.replace(broken);
            topics.forget(batch.get(0).topic());
            end(rest, KafkaFailures.describe(broken));
        }
    }

    private static void end(Deque<List<Sending>> batches, String error) {
        batches.forEach(batch -> batch.forEach(sending -> sending.unanswered(error)));
    }

    /**
     * Sends a batch in one transaction. Returns the parts to send again, in order, if a record is refused.
     *
     * @throws RuntimeException if the result of the transaction is unknown
     */
    private List<List<Sending>> transact(List<Sending> batch) {
        Producer<byte[], byte[]> producer = link.producer();
        producer.beginTransaction();
        Throwable failure = firstFailure(producer, batch);
        if (failure == null) {
            link.checkHeld();
            producer.commitTransaction();
            batch.forEach(Sending::delivered);
            return List.of();
        }
        if (!KafkaFailures.isRefusal(failure)) {
            throw new IllegalStateException(KafkaFailures.describe(failure), failure);
        }
        producer.abortTransaction();
        if (batch.size() > 1) {
            int half = batch.size() / 2;
            return List.of(batch.subList(0, half), batch.subList(half, batch.size()));
        }
        batch.get(0).failed(failure);
        topics.forget(batch.get(0).topic());
        return List.of();
    }

    /** Returns the first failure; null if the brokers have all records. */
    private static @Nullable Throwable firstFailure(Producer<byte[], byte[]> producer, List<Sending> batch) {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (Sending sending : batch) {
            Future<RecordMetadata> acknowledgement = send(producer, sending);
            sent.add(acknowledgement);
            if (acknowledgement.isDone() && failureOf(acknowledgement) != null) {
                break; // the transaction accepts no more records
            }
        }
        producer.flush();
        return sent.stream()
                .map(TransactionalSender::failureOf)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** Sends a record. Kafka's client throws after a refused record, which counts as a failure of this record. */
    private static Future<RecordMetadata> send(Producer<byte[], byte[]> producer, Sending sending) {
        try {
            return producer.send(sending.record());
        } catch (KafkaException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** Returns null if the record was acknowledged. Does not wait, because the producer was flushed. */
    private static @Nullable Throwable failureOf(Future<RecordMetadata> acknowledgement) {
        try {
            acknowledgement.get();
            return null;
        } catch (ExecutionException failed) {
            return failed.getCause();
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
            return closing;
        }
    }
}
