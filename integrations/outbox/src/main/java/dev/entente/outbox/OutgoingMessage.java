package dev.entente.outbox;

import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TraceParent;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message as a {@link Carrier} gets it.
 *
 * @param id what receivers know repetitions by
 * @param position grows with each message of a key
 * @param key its ordering key, or null
 * @param carrier the name of the carrier that it leaves by: {@code grpc}, {@code http}, {@code coordinator}, or one's
 *     own
 * @param address where it goes, as that carrier understands it
 * @param method what to do there; empty where the carrier knows no methods
 * @param headers what its sender says with it, by lower-case name
 * @param payload not to be changed
 * @param attempts how often its delivery failed
 * @param enqueuedAt by the database's clock
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; copying a payload of a megabyte would be worse
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
    /** The branch's name that a participant's barrier finds in a delivery; the gid is the message's id. */
    static final String BRANCH = "outbox";

    /**
     * Returns the metadata that every carrier sends with the payload: the sender's headers, the id, the attempt, the
     * trace.
     */
    public Map<String, String> metadata() {
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

    /** Names the receiver, without the content. */
    @Override
    public String toString() {
        return "message " + id + (key == null ? "" : " of key '" + key + "'") + " for "
                + (carrier + " " + address + " " + method).strip();
    }
}
