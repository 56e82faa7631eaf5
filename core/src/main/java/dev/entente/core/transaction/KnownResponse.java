package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The response of a branch's forward operation.
 *
 * @param body kept only where something reads it; null if unknown or not kept
 * @param revision the history's size when the response became known, 0 if unknown; the response is durable after a
 *     write that covers this revision
 */
public record KnownResponse(@Nullable ByteString body, int revision) {
    public static final KnownResponse NONE = new KnownResponse(null, 0);
}
