package dev.entente.connector.kafka;

import dev.entente.server.connector.Connector;
import dev.entente.server.connector.ConnectorFactory;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Opens connectors to Kafka, for targets such as {@code kafka://kafka-1:9092,kafka-2:9092}. */
public final class KafkaConnectorFactory implements ConnectorFactory {
    /** The longest wait of a record for its topic's metadata, in milliseconds. */
    private static final int MAX_BLOCK_MILLIS = 5_000;
    /** The time limit of the client's own retries, in milliseconds; the coordinator retries later. */
    private static final int DELIVERY_TIMEOUT_MILLIS = 30_000;

    private static final int REQUEST_TIMEOUT_MILLIS = 10_000;
    /** The coordinator's largest payload, with its headers. The topic's own limit is mostly smaller. */
    private static final int MAX_REQUEST_BYTES = 2 << 20;

    /** Called by {@link java.util.ServiceLoader}. */
    public KafkaConnectorFactory() {}

    @Override
    public String scheme() {
        return "kafka";
    }

    @Override
    public Connector open(String addresses, Map<String, String> properties) {
        Map<String, Object> config = new HashMap<>();
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MILLIS);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
        config.put(CommonClientConfigs.CLIENT_ID_CONFIG, "entente");
        config.putAll(properties);
        config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, addresses);
        // Acknowledged means: by all in-sync replicas, and stored once in order despite the client's retries.
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        if (config.containsKey(ProducerConfig.TRANSACTIONAL_ID_CONFIG)) {
            throw new IllegalArgumentException(
                    "transactional.id is not supported, because each record is acknowledged separately; remove the"
                            + " property");
        }
        try {
            var _ = new ProducerConfig(config);
        } catch (KafkaException wrong) {
            throw new IllegalArgumentException(wrong.getMessage(), wrong);
        }
        return new KafkaConnector(config);
    }
}
