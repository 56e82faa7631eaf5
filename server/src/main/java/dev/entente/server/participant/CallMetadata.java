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

/** The metadata that every call sends beside the request. Thread-safe. */
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
    /** Says of an answer that its verdict is stored. */
    public static final Metadata.Key<String> SETTLED = key("entente-settled");
    /** Names in an answer to a try the children that were tried. */
    public static final Metadata.Key<String> TRIED = key("entente-tried");
    /** gRPC's own: what is left of the deadline. */
    private static final Metadata.Key<String> TIMEOUT = key("grpc-timeout");

    /**
     * Keys whose value differs in nearly every call. A connection's table of headers (HPACK, 4 KiB) that took them in
     * would lose the others every few calls.
     */
    public static final Set<Metadata.Key<String>> UNIQUE =
            Set.of(GID, CREATED, IDEMPOTENCY_KEY, TRACEPARENT, SIGNATURE, JOIN, TIMEOUT);

    private static final String BASE = Integer.toString(Fence.BASE);

    private final String authority;
    private final @Nullable Secret token;
    private final @Nullable Secret signingKey;
    private volatile @Nullable Signature signature;

    /** @param authority as the participant reads it, {@code host:port} */
    public CallMetadata(ParticipantConfig config, String authority) {
        this.authority = authority;
        this.token = config.bearerToken();
        this.signingKey = config.signingKey();
    }

    /** Signs with the key as it is now; null without one. */
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

    /** {@code entente-created} is RFC 3339 in UTC, the rest plain text and decimal numbers. */
    public Metadata of(BranchCall call) {
        Metadata metadata = credentials();
        tell(call, metadata::put);
        Signature signing = signature();
        if (signing != null && call.target() instanceof Target.Grpc grpc) {
            metadata.put(SIGNATURE, signed(signing, call, placeOf(grpc)));
        }
        return metadata;
    }

    /**
     * The same for a call over HTTP, as headers; the token among them.
     *
     * @param path with the base path, and the query
     */
    public void headers(BranchCall call, String method, String path, BiConsumer<String, String> headers) {
        tell(call, (name, value) -> headers.accept(name.name(), value));
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
     * The same for a record. Whoever reads the topic sees it, so neither token nor signature is among them. Its
     * idempotency key is that of the branch, and with the operation's name for what completes or undoes it.
     */
    public void recordHeaders(BranchCall call, BiConsumer<String, String> headers) {
        tell(call, (name, value) -> {
            if (!name.equals(JOIN)) {
                headers.accept(name.name(), value);
            }
        });
        if (call.op().equals(call.pattern().operationName(Role.FORWARD))) {
            headers.accept(IDEMPOTENCY_KEY.name(), call.gid() + "/" + call.branch());
        }
    }

    private void tell(BranchCall call, BiConsumer<Metadata.Key<String>, String> to) {
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
     * The same for a call over a stream; the stream has told the {@link #credentials}, and the key follows from the
     * rest.
     */
    public dev.entente.v1.BranchCall message(BranchCall call, long id, long timeoutMillis) {
        Target.Grpc target = switch (call.target()) {
            case Target.Grpc grpc -> grpc;
            case Target.Http _, Target.Kafka _ ->
                throw new IllegalArgumentException(call.target().text() + " is no gRPC method");
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

    /** For what is no branch's call: reflection, and streams of calls. */
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
