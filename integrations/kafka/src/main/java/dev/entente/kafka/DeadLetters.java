package dev.entente.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends failed records to a dead letter topic, with their position and the reason. If the topic refuses a record, only
 * the position and the reason are sent. For one thread.
 */
final class DeadLetters implements AutoCloseable {
    static final int TIMEOUT_MILLIS = 10_000;
    /** Sufficient for a record that a broker accepted, with three more headers. */
    static final int MAX_REQUEST_BYTES = 16 << 20;

    static final String FROM = "entente-dead-from";
    static final String ERROR = "entente-dead-error";
    /** The parts that a letter lacks, because the topic refused the record. */
    static final String LEFT_OUT = "entente-dead-left-out";

    private static final int MAX_ERROR_CHARS = 500;

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
     * Returns after the brokers have stored the record or its description. Blocks.
     *
     * @throws IllegalStateException if the brokers accept neither
     */
    void send(ConsumerRecord<byte[], byte[]> record, String error) throws InterruptedException {
        RecordHeaders headers = new RecordHeaders(record.headers());
        byte[] place = utf8(record.topic() + "/" + record.partition() + "/" + record.offset());
        byte[] reason = utf8(error.substring(0, Math.min(error.length(), MAX_ERROR_CHARS)));
        headers.add(FROM, place).add(ERROR, reason);
        try {
            send(new ProducerRecord<>(topic, null, record.key(), record.value(), headers));
        } catch (ExecutionException failed) {
            if (!KafkaFailures.isRecords(failed)) {
                throw refused(failed);
            }
            RecordHeaders alone = new RecordHeaders();
            String why = "key, value of " + record.serializedValueSize() + " bytes, and headers, because '" + topic
                    + "' does not accept them: " + KafkaFailures.describe(failed);
            alone.add(FROM, place).add(ERROR, reason).add(LEFT_OUT, utf8(why));
            try {
                send(new ProducerRecord<>(topic, null, place, new byte[0], alone));
            } catch (ExecutionException again) {
                throw refused(again);
            }
        }
    }

    private void send(ProducerRecord<byte[], byte[]> letter) throws InterruptedException, ExecutionException {
        RecordMetadata unused = producer().send(letter).get();
    }

    private IllegalStateException refused(ExecutionException failed) {
        return new IllegalStateException(
                "the dead letters' topic '" + topic + "' does not accept the record: " + KafkaFailures.describe(failed),
                failed);
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
