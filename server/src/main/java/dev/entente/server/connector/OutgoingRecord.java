package dev.entente.server.connector;

import com.google.protobuf.ByteString;
import java.util.Map;

/**
 * A record to send.
 *
 * @param topic the destination
 * @param key determines the partition; empty = none
 * @param headers plain text, including {@code idempotency-key}, which is the same each time that the record is sent
 * @param value the record's content
 */
public record OutgoingRecord(String topic, String key, Map<String, String> headers, ByteString value) {
    public OutgoingRecord {
        headers = Map.copyOf(headers);
    }
}
