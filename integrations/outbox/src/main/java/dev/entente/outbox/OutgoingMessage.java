package dev.entente.outbox;

import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TraceParent;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message for a {@link Carrier}.
 *
 * @param id the id by which receivers recognize repetitions
 * @param position grows with each message of a key
 * @param key its ordering key, or null
 * @param carrier the name of its carrier: {@code grpc}, {@code http}, {@code coordinator}, or a custom name
 * @param address the receiver, in the form that the carrier needs
 * @param method the operation of the receiver; empty if the carrier has no methods
 * @param headers the sender's headers, by lower-case name
 * @param payload must not be changed
 * @param attempts how often its delivery failed
 * @param enqueuedAt by the database's clock
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and a copy of up to a megabyte would be expensive
public record OutgoingMessage(
        String id,
        long position,
        @Nullable String key,
        String carrier,
        String address,
        String method,
        Map<String, String> headers,
        byte[] payload,
        int attempts,
        Instant enqueuedAt) {
    /** The name of the branch that a participant's barrier finds in a delivery. The gid is the message's id. */
    static final String BRANCH = "outbox";

    private static final String DELIVER = "deliver";

    /**
     * Returns the metadata that every carrier sends with the payload: the sender's headers, the id, the attempt, the
     * trace.
     */
    public Map<String, String> metadata() {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(BranchMetadata.GID.name(), id);
        all.put(BranchMetadata.BRANCH.name(), BRANCH);
        all.put(BranchMetadata.OPERATION.name(), DELIVER);
        all.put(BranchMetadata.ATTEMPT.name(), Integer.toString(attempts + 1));
        all.put(BranchMetadata.CREATED.name(), enqueuedAt.toString());
        all.put(BranchMetadata.IDEMPOTENCY_KEY.name(), id);
        all.put(TraceParent.KEY.name(), trace().header());
        return all;
    }

    TraceParent trace() {
        String sent = headers.getOrDefault(TraceParent.KEY.name(), "");
        return TraceParent.parse(sent)
                .or(TraceParent::current)
                .orElseGet(() -> TraceParent.ofCall(id, BRANCH, DELIVER, attempts + 1));
    }

    OutgoingMessage in(TraceParent trace) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(TraceParent.KEY.name(), trace.header());
        return new OutgoingMessage(id, position, key, carrier, address, method, more, payload, attempts, enqueuedAt);
    }

    /** Returns the receiver, without the content. */
    @Override
    public String toString() {
        return "message " + id + (key == null ? "" : " of key '" + key + "'") + " for "
                + (carrier + " " + address + " " + method).strip();
    }
}
