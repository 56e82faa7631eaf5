package dev.entente.server.connector;

import com.google.protobuf.ByteString;
import java.util.Map;

/**
 * A record as it is sent.
 *
 * @param topic where to
 * @param key decides the partition; empty = none
 * @param headers plain text, among them {@code idempotency-key}: the same each time that the record is sent
 * @param value its content
 */
public record OutgoingRecord(String topic, String key, Map<String, String> headers, ByteString value) {
    public OutgoingRecord {
        headers = Map.copyOf(headers);
    }
}
