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
 * One transaction after another on a thread of its own: what waits when one has ended makes the next. A message is
 * delivered once its transaction is committed, which one round trip does for all of them.
 *
 * <p>A transaction of which a record is refused is sent again in halves, for Kafka's client fails others beside it with
 * the same error: a message counts as refused only where it was alone. Where anything else fails nobody knows what
 * became of the transaction: all its messages are unanswered, and the producer is replaced, for a new one of the same
 * transactional id ends what the old one left open.
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

    /** Has the thread end after the transaction that it is within. */
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

    /** Whatever is thrown, each attempt has ended when this returns, and the thread goes on. */
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
            end(rest, Failures.describe(broken));
        }
    }

    private static void end(Deque<List<Sending>> batches, String error) {
        batches.forEach(batch -> batch.forEach(sending -> sending.unanswered(error)));
    }

    /**
     * Sends all in one transaction. Returns what has to be sent again, in its order, because one of them is refused.
     *
     * @throws RuntimeException if nobody knows what became of the transaction
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
        if (!Failures.isRefusal(failure)) {
            throw new IllegalStateException(Failures.describe(failure), failure);
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

    /** Returns null if the brokers have all of them. */
    private static @Nullable Throwable firstFailure(Producer<byte[], byte[]> producer, List<Sending> batch) {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (Sending sending : batch) {
            Future<RecordMetadata> acknowledgement = send(producer, sending);
            sent.add(acknowledgement);
            if (acknowledgement.isDone() && failureOf(acknowledgement) != null) {
                break; // the transaction takes no more
            }
        }
        producer.flush();
        return sent.stream()
                .map(TransactionalSender::failureOf)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** A record that was refused since has Kafka's client throw: that is a failure as any other. */
    private static Future<RecordMetadata> send(Producer<byte[], byte[]> producer, Sending sending) {
        try {
            return producer.send(sending.record());
        } catch (KafkaException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** Returns null where the record was acknowledged. All have ended: the producer was flushed. */
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
