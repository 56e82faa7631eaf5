package dev.entente.eventstore;

import com.google.protobuf.ByteString;
import java.time.Instant;

/**
 * An event that was appended.
 *
 * @param stream the object whose event it is
 * @param version its number in the stream, from 1 on
 * @param type as it was appended
 * @param typeVersion of the payload's form, as it was appended
 * @param at by the database's clock; never before that of the stream's earlier events, unless the clock was set back
 */
public record StoredEvent(String stream, long version, String type, int typeVersion, ByteString payload, Instant at) {}
