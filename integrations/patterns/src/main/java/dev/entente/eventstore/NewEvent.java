package dev.entente.eventstore;

import com.google.protobuf.ByteString;

/**
 * An event to append.
 *
 * @param type 1 to 255 printable characters of ASCII
 * @param typeVersion of the payload's form, 1 or more
 * @param payload at most 256 KiB
 */
public record NewEvent(String type, int typeVersion, ByteString payload) {
    /** Checks the type and the payload's size. */
    public NewEvent {
        StreamNames.requirePrintable("an event's type", type);
        if (typeVersion < 1) {
            throw new IllegalArgumentException("a type's version is 1 or more, not " + typeVersion);
        }
        if (payload.size() > EventStore.MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException("the payload of '" + type + "' has " + payload.size()
                    + " bytes; an event takes at most " + EventStore.MAX_PAYLOAD_BYTES);
        }
    }
}
