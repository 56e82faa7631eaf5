package dev.entente.eventstore;

import com.google.protobuf.ByteString;
import java.time.Instant;

/**
 * An event that was appended.
 *
 * @param stream the stream of the object
 * @param version its number in the stream, 1 or more
 * @param type as it was appended
 * @param typeVersion of the payload's form, as it was appended
 * @param at by the database's clock; never before the stream's earlier events, unless the clock was set back
 */
public record StoredEvent(String stream, long version, String type, int typeVersion, ByteString payload, Instant at) {}
