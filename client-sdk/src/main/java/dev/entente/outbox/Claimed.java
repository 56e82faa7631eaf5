package dev.entente.outbox;

import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TraceParent;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message that this relay alone may deliver now.
 *
 * @param position grows with each enqueue of a key
 * @param key its ordering key, or null
 * @param headers what its sender says with it, by lower-case name
 * @param payload not to be changed
 * @param attempts how often its delivery failed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; copying a payload of a megabyte would be worse
record Claimed(
        String id,
        long position,
        @Nullable String key,
        Kind kind,
        String address,
        String method,
        Map<String, String> headers,
        byte[] payload,
        int attempts,
        Instant enqueuedAt) {
    /** The branch's name that a participant's barrier finds in a delivery; the gid is the message's id. */
    static final String BRANCH = "outbox";

    /** What a receiver is told with the payload, over gRPC and over HTTP alike. */
    Map<String, String> metadata() {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(BranchMetadata.GID.name(), id);
        all.put(BranchMetadata.BRANCH.name(), BRANCH);
        all.put(BranchMetadata.OPERATION.name(), "deliver");
        all.put(BranchMetadata.ATTEMPT.name(), Integer.toString(attempts + 1));
        all.put(BranchMetadata.CREATED.name(), enqueuedAt.toString());
        all.put(BranchMetadata.IDEMPOTENCY_KEY.name(), id);
        all.put(TraceParent.KEY.name(), trace().child().header());
        return all;
    }

    private TraceParent trace() {
        String sent = headers.getOrDefault(TraceParent.KEY.name(), "");
        return TraceParent.parse(sent).orElseGet(() -> TraceParent.currentOrOf(id));
    }

    @Override
    public String toString() {
        return "message " + id + (key == null ? "" : " of key '" + key + "'") + " for "
                + (kind.text() + " " + address + " " + method).strip();
    }
}
