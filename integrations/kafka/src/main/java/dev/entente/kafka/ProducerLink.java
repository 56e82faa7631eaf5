package dev.entente.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producer of the leased slot, opened on demand and replaced after a failure. For one thread.
 *
 * <p>Opening a producer fences every earlier producer of the slot, and ends its open transaction.
 */
final class ProducerLink {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerLink.class);
    private static final long LONGEST_REST_MILLIS = 2000;

    private final Map<String, Object> config;
    private final String prefix;
    private final ProducerSlot slot;
    private @Nullable Producer<byte[], byte[]> open;
    private int openSlot;
    private long restUntilNanos = System.nanoTime();

    ProducerLink(Map<String, Object> config, String prefix, ProducerSlot slot) {
        this.config = Map.copyOf(config);
        this.prefix = prefix;
        this.slot = slot;
    }

    /** Reports that there is no producer now; nothing was sent. */
    static final class LinkBroken extends RuntimeException {
        private static final long serialVersionUID = 1;

        LinkBroken(String message) {
            super(message);
        }
    }

    static String transactionalId(String prefix, int slot) {
        return prefix + "-" + slot;
    }

    /**
     * Returns the producer, opened if necessary. Blocks, at most {@code max.block.ms}.
     *
     * @throws LinkBroken if there is no slot, or the producer was fenced recently
     */
    Producer<byte[], byte[]> producer() {
        int held = heldOrBroken();
        if (open != null && openSlot == held) {
            return open;
        }
        closeQuietly();
        if (System.nanoTime() - restUntilNanos < 0) {
            throw new LinkBroken("the producer of slot " + held + " failed a moment ago");
        }
        Map<String, Object> all = new HashMap<>(config);
        all.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId(prefix, held));
        Producer<byte[], byte[]> producer =
                new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
        open = producer;
        openSlot = held;
        producer.initTransactions();
        return producer;
    }

    /**
     * Checks that the slot is still leased, such as before a commit.
     *
     * @throws IllegalStateException if it is not
     */
    void checkHeld() {
        if (slot.held().orElse(-1) != openSlot) {
            throw new IllegalStateException("the lease of slot " + openSlot + " was lost before the commit");
        }
    }

    /**
     * Closes the producer. After a fencing, the next one is opened after a random wait, so that two processes with one
     * slot do not fence each other forever.
     */
    void replace(Throwable failure) {
        if (KafkaFailures.isFenced(failure)) {
            LOG.warn("another producer uses the transactional id '{}'", transactionalId(prefix, openSlot));
            restUntilNanos = System.nanoTime() + ThreadLocalRandom.current().nextLong(LONGEST_REST_MILLIS) * 1_000_000;
        }
        closeQuietly();
    }

    void close() {
        closeQuietly();
        slot.close();
    }

    private int heldOrBroken() {
        OptionalInt held = slot.held();
        return held.orElseThrow(
                () -> new LinkBroken("this process holds no slot for a Kafka producer; the log contains the cause"));
    }

    /** Does not wait for the open transaction, which a new producer with this id ends. */
    private void closeQuietly() {
        Producer<byte[], byte[]> last = open;
        open = null;
        if (last == null) {
            return;
        }
        try {
            last.close(Duration.ZERO);
        } catch (RuntimeException broken) {
            LOG.debug("a Kafka producer could not be closed", broken);
        }
    }
}
