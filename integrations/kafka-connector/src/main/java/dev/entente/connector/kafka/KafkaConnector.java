package dev.entente.connector.kafka;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import dev.entente.server.connector.Connector;
import dev.entente.server.connector.OutgoingRecord;
import dev.entente.server.connector.SendResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * One producer for all records to one cluster, opened by the first record. The producer is idempotent, so that the
 * client's own retries store a record once in its topic. Thread-safe.
 */
final class KafkaConnector implements Connector {
    private final Map<String, Object> config;
    private @Nullable Producer<byte[], byte[]> producer;
    private boolean isClosed;

    KafkaConnector(Map<String, Object> config) {
        this.config = Map.copyOf(config);
    }

    @Override
    public CompletionStage<SendResult> send(OutgoingRecord record, Duration within) {
        CompletableFuture<SendResult> result = new CompletableFuture<>();
        try {
            var _ = producer()
                    .send(of(record), (where, failure) -> result.complete(result(record.topic(), where, failure)));
        } catch (KafkaException | IllegalStateException failure) {
            result.complete(KafkaErrors.result(record.topic(), failure));
        }
        return result;
    }

    private static ProducerRecord<byte[], byte[]> of(OutgoingRecord record) {
        byte[] key = record.key().isEmpty() ? null : record.key().getBytes(StandardCharsets.UTF_8);
        ProducerRecord<byte[], byte[]> sent =
                new ProducerRecord<>(record.topic(), key, record.value().toByteArray());
        record.headers().forEach((name, text) -> sent.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        return sent;
    }

    private static SendResult result(String topic, RecordMetadata where, @Nullable Exception failure) {
        if (failure != null) {
            return KafkaErrors.result(topic, failure);
        }
        JsonObject response = new JsonObject();
        response.addProperty("topic", where.topic());
        response.addProperty("partition", where.partition());
        response.addProperty("offset", where.offset());
        return new SendResult.Acknowledged(ByteString.copyFromUtf8(response.toString()));
    }

    /**
     * Returns the producer, opened if there is none. The opening resolves host names, which may block.
     *
     * @throws KafkaException if no host name of the addresses can be resolved
     */
    private synchronized Producer<byte[], byte[]> producer() {
        if (isClosed) {
            throw new IllegalStateException("the connector is closed");
        }
        Producer<byte[], byte[]> open = producer;
        if (open == null) {
            open = new KafkaProducer<>(config);
            producer = open;
        }
        return open;
    }

    @Override
    public void probe(Duration within) throws IOException {
        Map<String, Object> asking = new HashMap<>();
        config.forEach((name, value) -> {
            if (AdminClientConfig.configNames().contains(name)) {
                asking.put(name, value);
            }
        });
        int millis = (int) within.toMillis();
        asking.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, millis);
        asking.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
        try (Admin admin = Admin.create(asking)) {
            admin.describeCluster().nodes().get(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("the probe of the cluster was interrupted", interrupted);
        } catch (ExecutionException | TimeoutException | KafkaException away) {
            throw new IOException(KafkaErrors.describe(away), away);
        }
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        if (producer != null) {
            producer.close(Duration.ZERO);
        }
    }
}
