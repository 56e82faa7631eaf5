package dev.entente.kafka;

import dev.entente.backends.CommittedRecords;
import dev.entente.backends.KafkaBroker;
import dev.entente.outbox.OutgoingMessage;
import dev.entente.outbox.contract.ContractReceiver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A receiver for the contract's test: a real broker that is frozen, killed and restarted, and topics that refuse
 * records.
 */
final class KafkaContractReceiver implements ContractReceiver, AutoCloseable {
    private static final String TAKING = "contract";
    private static final String FAILING = "contract-failing";
    private static final String SMALL = "contract-small";

    private final KafkaBroker broker;
    private final CommittedRecords records;
    private Behaviour behaviour = Behaviour.TAKE;

    KafkaContractReceiver(KafkaBroker broker) {
        this.broker = broker;
        broker.createTopic(TAKING, 1);
        broker.createTopic(FAILING, 1, Map.of("cleanup.policy", "compact")); // refuses records without a key
        // refuses the contract's records, but accepts the transaction marker that the producer needs to continue
        broker.createTopic(SMALL, 1, Map.of("max.message.bytes", "150"));
        records = new CommittedRecords(broker, TAKING);
    }

    @Override
    public boolean behave(Behaviour next) {
        try {
            if (behaviour == Behaviour.HANG) {
                broker.thaw();
            }
            if (next == Behaviour.HANG) {
                broker.freeze();
            } else if (next == Behaviour.BE_AWAY) {
                broker.kill();
            } else {
                broker.start();
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        behaviour = next;
        return true;
    }

    @Override
    public OutgoingMessage message(String id, int attempts, int payloadBytes, Map<String, String> headers) {
        String topic = switch (behaviour) {
            case FAIL -> FAILING;
            case REFUSE -> SMALL;
            case TAKE, HANG, BE_AWAY -> TAKING;
        };
        byte[] payload =
                (id + "x".repeat(payloadBytes)).substring(0, payloadBytes).getBytes(StandardCharsets.US_ASCII);
        return new OutgoingMessage(id, 1, null, "kafka", topic, "", headers, payload, attempts, Instant.now());
    }

    @Override
    public List<Taken> taken() {
        return records.all().stream().map(KafkaContractReceiver::taken).toList();
    }

    @Override
    public void close() {
        records.close();
    }

    private static Taken taken(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> metadata = new TreeMap<>();
        record.headers()
                .forEach(header -> metadata.put(header.key(), new String(header.value(), StandardCharsets.UTF_8)));
        return new Taken(CommittedRecords.id(record), record.value(), metadata);
    }
}
