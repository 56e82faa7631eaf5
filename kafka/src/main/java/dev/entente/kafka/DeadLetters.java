package dev.entente.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Sends on records that cannot be taken, with their place and the reason. For one thread. */
final class DeadLetters implements AutoCloseable {
    static final int TIMEOUT_MILLIS = 10_000;
    /** A record that a broker took, with three headers more. */
    static final int MAX_REQUEST_BYTES = 16 << 20;

    static final String FROM = "entente-dead-from";
    static final String ERROR = "entente-dead-error";
    private static final int MOST_ERROR_CHARS = 500;

    private final Map<String, Object> config;
    private final String topic;
    private @Nullable Producer<byte[], byte[]> open;

    DeadLetters(Map<String, Object> config, String topic) {
        this.config = Map.copyOf(config);
        this.topic = topic;
    }

    String topic() {
        return topic;
    }

    /**
     * Returns once the brokers have it. Blocks.
     *
     * @throws IllegalStateException if they do not take it
     */
    void send(ConsumerRecord<byte[], byte[]> record, String error) throws InterruptedException {
        RecordHeaders headers = new RecordHeaders(record.headers());
        headers.add(FROM, utf8(record.topic() + "/" + record.partition() + "/" + record.offset()));
        headers.add(ERROR, utf8(error.substring(0, Math.min(error.length(), MOST_ERROR_CHARS))));
        try {
            producer()
                    .send(new ProducerRecord<>(topic, null, record.key(), record.value(), headers))
                    .get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException(
                    "the dead letters' topic '" + topic + "' does not take it: " + Failures.describe(failed), failed);
        }
    }

    @Override
    public void close() {
        if (open != null) {
            open.close(Duration.ZERO);
            open = null;
        }
    }

    private Producer<byte[], byte[]> producer() {
        if (open == null) {
            open = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        }
        return open;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
