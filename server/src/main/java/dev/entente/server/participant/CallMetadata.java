package dev.entente.server.participant;

import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.ParticipantConfig.Secret;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.participant.signing.Rfc3339;
import io.grpc.Metadata;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The metadata that every call sends with the request. Thread-safe. */
public final class CallMetadata {
    public static final Metadata.Key<String> GID = key("entente-gid");
    public static final Metadata.Key<String> BRANCH = key("entente-branch");
    public static final Metadata.Key<String> OP = key("entente-op");
    public static final Metadata.Key<String> ATTEMPT = key("entente-attempt");
    public static final Metadata.Key<String> FENCE = key("entente-fence");
    public static final Metadata.Key<String> FENCE_BASE = key("entente-fence-base");
    public static final Metadata.Key<String> PATTERN = key("entente-pattern");
    public static final Metadata.Key<String> CREATED = key("entente-created");
    static final Metadata.Key<String> SUBMITTER = key("entente-submitter");
    public static final Metadata.Key<String> IDEMPOTENCY_KEY = key("idempotency-key");
    public static final Metadata.Key<String> TRACEPARENT = key("traceparent");
    static final Metadata.Key<String> SIGNATURE = key("entente-signature");
    static final Metadata.Key<String> JOIN = key(JoinTokens.METADATA);
    public static final Metadata.Key<String> AUTHORIZATION = key("authorization");
    /** Marks a response with a verdict that is stored. */
    public static final Metadata.Key<String> SETTLED = key("entente-settled");
    /** Lists the tried children in a response to a try. */
    public static final Metadata.Key<String> TRIED = key("entente-tried");
    /** gRPC's own key: the remaining time until the deadline. */
    private static final Metadata.Key<String> TIMEOUT = key("grpc-timeout");

    /**
     * The keys with a different value in nearly every call. If a connection's HPACK table (4 KiB) indexed these
     * headers, they would evict the other headers every few calls.
     */
    public static final Set<Metadata.Key<String>> UNIQUE =
            Set.of(GID, CREATED, IDEMPOTENCY_KEY, TRACEPARENT, SIGNATURE, JOIN, TIMEOUT);

    private static final String BASE = Integer.toString(Fence.BASE);

    private final String authority;
    private final @Nullable Secret token;
    private final @Nullable Secret signingKey;
    private volatile @Nullable Signature signature;

    /** @param authority the authority that the participant sees, {@code host:port} */
    public CallMetadata(ParticipantConfig config, String authority) {
        this.authority = authority;
        this.token = config.bearerToken();
        this.signingKey = config.signingKey();
    }

    /** Returns the signature for the current key; null if there is no key. */
    private @Nullable Signature signature() {
        if (signingKey == null) {
            return null;
        }
        String key = signingKey.value();
        Signature known = signature;
        if (known == null || !known.isOf(key)) {
            known = new Signature(key);
            signature = known;
        }
        return known;
    }

    private @Nullable String authorization() {
        return token == null ? null : "Bearer " + token.value();
    }

    /** Returns the metadata of a gRPC call: {@code entente-created} as RFC 3339 in UTC, the rest as text or numbers. */
    public Metadata of(BranchCall call) {
        Metadata metadata = credentials();
        report(call, metadata::put);
        Signature signing = signature();
        if (signing != null && call.target() instanceof Target.Grpc grpc) {
            metadata.put(SIGNATURE, signed(signing, call, placeOf(grpc)));
        }
        return metadata;
    }

    /**
     * Adds the metadata of an HTTP call as headers, including the bearer token.
     *
     * @param path with the base path, and the query
     */
    public void headers(BranchCall call, String method, String path, BiConsumer<String, String> headers) {
        report(call, (name, value) -> headers.accept(name.name(), value));
        Signature signing = signature();
        if (signing != null) {
            Signature.Place place = new Signature.Place(method, authority, path);
            headers.accept(SIGNATURE.name(), signed(signing, call, place));
        }
        String bearer = authorization();
        if (bearer != null) {
            headers.accept(AUTHORIZATION.name(), bearer);
        }
    }

    /**
     * Adds the metadata of a record. All readers of the topic see it, so it contains no token and no signature. The
     * idempotency key of a forward operation is the key of the branch; other operations append their name.
     */
    public void recordHeaders(BranchCall call, BiConsumer<String, String> headers) {
        report(call, (name, value) -> {
            if (!name.equals(JOIN)) {
                headers.accept(name.name(), value);
            }
        });
        if (call.op().equals(call.pattern().operationName(Role.FORWARD))) {
            headers.accept(IDEMPOTENCY_KEY.name(), call.gid() + "/" + call.branch());
        }
    }

    private void report(BranchCall call, BiConsumer<Metadata.Key<String>, String> to) {
        to.accept(GID, call.gid());
        to.accept(BRANCH, call.branch());
        to.accept(OP, call.op());
        to.accept(ATTEMPT, Integer.toString(call.attempt()));
        to.accept(FENCE, Long.toString(call.fence()));
        to.accept(FENCE_BASE, BASE);
        to.accept(PATTERN, patternName(call.pattern()));
        to.accept(CREATED, Rfc3339.text(call.createdAt()));
        to.accept(IDEMPOTENCY_KEY, call.gid() + "/" + call.branch() + "/" + call.op());
        to.accept(TRACEPARENT, call.traceparent());
        if (call.join() != null) {
            to.accept(JOIN, call.join());
        }
        if (call.submitter() != null) {
            to.accept(SUBMITTER, call.submitter());
        }
    }

    private Signature.Place placeOf(Target.Grpc target) {
        return new Signature.Place("POST", authority, "/" + target.method());
    }

    private static String signed(Signature signature, BranchCall call, Signature.Place place) {
        return signature.of(
                call.permit().now(), place, call, patternName(call.pattern()), Rfc3339.text(call.createdAt()));
    }

    /**
     * Returns the message for a call over a stream. The message omits the {@link #credentials}, which the stream has
     * sent, and the idempotency key, which follows from other fields.
     */
    public dev.entente.v1.BranchCall message(BranchCall call, long id, long timeoutMillis) {
        Target.Grpc target = switch (call.target()) {
            case Target.Grpc grpc -> grpc;
            case Target.Http _, Target.Kafka _ ->
                throw new IllegalArgumentException(call.target().text() + " is not a gRPC method");
        };
        var message = dev.entente.v1.BranchCall.newBuilder()
                .setId(id)
                .setMethod(target.method())
                .setPayload(call.request())
                .setTimeoutMillis(timeoutMillis)
                .setGid(call.gid())
                .setBranch(call.branch())
                .setOp(call.op())
                .setAttempt(call.attempt())
                .setFence(call.fence())
                .setFenceBase(Fence.BASE)
                .setPattern(patternName(call.pattern()))
                .setCreated(Rfc3339.text(call.createdAt()))
                .setTraceparent(call.traceparent());
        if (call.join() != null) {
            message.putMetadata(JOIN.name(), call.join());
        }
        if (call.submitter() != null) {
            message.putMetadata(SUBMITTER.name(), call.submitter());
        }
        Signature signing = signature();
        if (signing != null) {
            message.putMetadata(SIGNATURE.name(), signed(signing, call, placeOf(target)));
        }
        return message.build();
    }

    /** Returns the metadata of calls that belong to no branch: reflection and streams of calls. */
    public Metadata credentials() {
        Metadata metadata = new Metadata();
        String bearer = authorization();
        if (bearer != null) {
            metadata.put(AUTHORIZATION, bearer);
        }
        return metadata;
    }

    private static String patternName(Pattern pattern) {
        return switch (pattern) {
            case SAGA -> "saga";
            case TCC -> "tcc";
            case TWO_PHASE -> "two_phase";
            case MESSAGE -> "message";
            case NOTIFICATION -> "notification";
        };
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
}
