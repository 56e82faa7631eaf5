package dev.entente.server.api.access;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.store.AuditLines;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.admin.AuditTrail;
import dev.entente.server.telemetry.MetricName;
import dev.entente.server.telemetry.Metrics;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.wire.TraceParent;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates the caller and checks the caller's roles before a service receives the call. Without a token file each
 * caller may make each call. Does not block: the tokens are in memory.
 */
public final class Authentication implements ServerInterceptor {
    public static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    /**
     * The hash of a console user's token. Only this process sets the attribute, on in-process calls; no header becomes
     * an attribute.
     */
    public static final Attributes.Key<String> VISITOR = Attributes.Key.create("entente-visitor");

    /** The name of a console user by a trusted proxy. Only this process sets the attribute, as {@link #VISITOR}. */
    public static final Attributes.Key<String> USER = Attributes.Key.create("entente-user");

    private static final String BEARER = "Bearer ";
    private static final Set<Access> SUBMIT = EnumSet.of(Access.SUBMITTER);
    private static final Set<Access> ABORT = EnumSet.of(Access.SUBMITTER, Access.OPERATOR, Access.ADMIN);
    private static final Set<Access> BY_GID = EnumSet.allOf(Access.class);
    static final Set<Access> READ = EnumSet.of(Access.VIEWER, Access.OPERATOR, Access.ADMIN);
    static final Set<Access> OPERATE = EnumSet.of(Access.OPERATOR, Access.ADMIN);

    private static final Set<Access> ADMINISTER = EnumSet.of(Access.ADMIN);

    private static final Map<String, Set<Access>> BY_METHOD = Map.ofEntries(
            Map.entry(TransactionServiceGrpc.getSubmitTransactionMethod().getFullMethodName(), SUBMIT),
            Map.entry(TransactionServiceGrpc.getSubmitTransactionsMethod().getFullMethodName(), SUBMIT),
            Map.entry(TransactionServiceGrpc.getBeginTransactionMethod().getFullMethodName(), SUBMIT),
            Map.entry(TransactionServiceGrpc.getRegisterBranchMethod().getFullMethodName(), SUBMIT),
            Map.entry(TransactionServiceGrpc.getCommitTransactionMethod().getFullMethodName(), SUBMIT),
            Map.entry(TransactionServiceGrpc.getAbortTransactionMethod().getFullMethodName(), ABORT),
            Map.entry(TransactionServiceGrpc.getGetTransactionMethod().getFullMethodName(), BY_GID),
            Map.entry(TransactionServiceGrpc.getWatchTransactionMethod().getFullMethodName(), BY_GID),
            Map.entry(TransactionServiceGrpc.getListTransactionsMethod().getFullMethodName(), READ),
            Map.entry(TransactionServiceGrpc.getCountTransactionsMethod().getFullMethodName(), READ),
            Map.entry(TransactionServiceGrpc.getLookAtWaitingMethod().getFullMethodName(), READ),
            Map.entry(TransactionServiceGrpc.getListRatesMethod().getFullMethodName(), READ));

    private final @Nullable TokenFile tokens;
    private final ProxyUsers users;
    private final PeerProof peers;
    private final AuditTrail trail;
    private final Metrics metrics;

    public Authentication(ApiSecurity entrance, Metrics metrics) {
        this.tokens = entrance.tokens();
        this.users = entrance.users();
        this.peers = entrance.peers();
        this.trail = entrance.trail();
        this.metrics = metrics;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        try {
            String proof = headers.get(PeerProof.HEADER);
            if (proof != null) {
                return passedOn(proof, call, headers, next);
            }
            Caller caller = caller(call, headers);
            String method = call.getMethodDescriptor().getFullMethodName();
            Refusal role = refusal(caller, method);
            if (role != null) {
                return RefusedRequest.of(call, role, request -> reported(caller, request, role, method));
            }
            return Contexts.interceptCall(caller.in(Context.current()), call, headers, next);
        } catch (Refusal refusal) {
            return Errors.refuse(call, refusal);
        }
    }

    private <Q, R> ServerCall.Listener<Q> passedOn(
            String proof, ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        PeerProof.Passed passed = passed(proof, call, headers);
        return new ProvenRequest<>(
                Contexts.interceptCall(passed.caller().in(Context.current()), call, headers, next),
                passed.digest(),
                () -> Errors.refuse(
                        call,
                        refused(
                                new PeerProof.RefusedProof(
                                        PeerProof.RefusalReason.ELSEWHERE, "it was made for another request"),
                                call,
                                headers)));
    }

    /** Checks the call with the roles that the other coordinator found. */
    private PeerProof.Passed passed(String proof, ServerCall<?, ?> call, Metadata headers) {
        String method = call.getMethodDescriptor().getFullMethodName();
        try {
            PeerProof.Passed passed = peers.check(proof, method, trace(headers), RequestId.passedOn(headers));
            if (tokens != null && !passed.caller().isKnown()) {
                throw Refusal.of(
                        ErrorCode.PEER,
                        "the coordinator '" + passed.from() + "' does not authenticate its callers; set auth.tokenFile"
                                + " there, too");
            }
            Refusal role = refusal(passed.caller(), method);
            if (role != null) {
                reported(passed.caller(), "", role, method);
                throw role;
            }
            return passed;
        } catch (PeerProof.RefusedProof refusedProof) {
            throw refused(refusedProof, call, headers);
        }
    }

    private Refusal refused(PeerProof.RefusedProof refusedProof, ServerCall<?, ?> call, Metadata headers) {
        String why = String.valueOf(refusedProof.getMessage());
        AuditLines.reported(
                new AuditRecord("unknown", "peer", "", why, shortName(call), "REFUSED", origin(call, headers)));
        metrics.count(MetricName.PEER_DOUBTED, refusedProof.whyRefused().name().toLowerCase(Locale.ROOT));
        return Refusal.of(
                ErrorCode.PEER,
                "the header " + PeerProof.HEADER.name() + " is refused: " + why + "; clients must not send this"
                        + " header");
    }

    private static String shortName(ServerCall<?, ?> call) {
        return AuditedCalls.shortName(call.getMethodDescriptor().getFullMethodName());
    }

    private static CallOrigin origin(ServerCall<?, ?> call, Metadata headers) {
        return new CallOrigin(Caller.peer(call.getAttributes()), RequestId.orMadeUp(RequestId.given(headers)));
    }

    private Caller caller(ServerCall<?, ?> call, Metadata headers) {
        String peer = Caller.peer(call.getAttributes());
        String user = call.getAttributes().get(USER);
        if (user != null) {
            return users.caller(user, peer, trace(headers), RequestId.given(headers));
        }
        String method = call.getMethodDescriptor().getFullMethodName();
        if (tokens == null || method.startsWith("grpc.health.")) {
            return Caller.anonymous(peer, trace(headers), RequestId.given(headers));
        }
        String visitor = call.getAttributes().get(VISITOR);
        String hash = visitor == null ? hash(headers.get(AUTHORIZATION)) : visitor;
        Tokens.Token token = signedIn(tokens, hash, call, headers);
        return new Caller(
                token.name(), peer, token.roles(), token.hash(), true, false, trace(headers), RequestId.given(headers));
    }

    private Tokens.Token signedIn(TokenFile known, @Nullable String hash, ServerCall<?, ?> call, Metadata headers) {
        try {
            return token(known, hash);
        } catch (Refusal refusal) {
            TokenFile.RefusalReason whyRefused =
                    hash == null ? new TokenFile.RefusalReason("", "there is no bearer token") : known.whyRefused(hash);
            whyRefused.report(trail, shortName(call), origin(call, headers));
            throw refusal;
        }
    }

    /** Returns the hash of a bearer token, or null without a bearer token. */
    private static @Nullable String hash(@Nullable String header) {
        return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? Tokens.hash(header.substring(BEARER.length()).strip())
                : null;
    }

    /**
     * Returns the caller with the current roles from the token file, because a stream may outlive a token. For a
     * forwarded call the forwarding coordinator makes this check. The roles of a proxy's user do not change.
     *
     * @throws Refusal ENT-060 or ENT-061 if the caller may no longer call the method
     */
    public Caller again(Caller caller, String method) {
        boolean isFromProxy = caller.isKnown() && caller.token() == null;
        if (tokens == null || caller.isForwarded() || isFromProxy) {
            return caller;
        }
        Tokens.Token token = token(tokens, caller.token());
        Caller now = caller.with(token);
        Refusal role = refusal(now, method);
        if (role != null) {
            throw role;
        }
        return now;
    }

    private static @Nullable TraceParent trace(Metadata headers) {
        return trace(headers.get(TraceParent.KEY));
    }

    /** Returns null for a malformed {@code traceparent}. */
    public static @Nullable TraceParent trace(@Nullable String traceparent) {
        return traceparent == null ? null : TraceParent.parse(traceparent).orElse(null);
    }

    private static Tokens.Token token(TokenFile tokens, @Nullable String hash) {
        boolean isBearer = hash != null;
        Tokens.Token token = hash == null ? null : tokens.withHash(hash);
        if (token == null) {
            if (isBearer && tokens.isWithout()) {
                throw Refusal.of(
                        ErrorCode.UNAUTHENTICATED,
                        "no token is valid here: this coordinator's token file is missing or damaged; see the"
                                + " coordinator's log");
            }
            throw Refusal.of(
                    ErrorCode.UNAUTHENTICATED,
                    (isBearer ? "the bearer token is unknown, expired or not valid yet" : "there is no bearer token")
                            + "; send `authorization: Bearer …` with a token created by `entente token create`");
        }
        return token;
    }

    private void reported(Caller caller, Object request, Refusal role, String method) {
        AuditedCalls.Entry asked = AuditedCalls.entry("role", request);
        trail.add(new AuditRecord(
                caller.principal(),
                "role",
                asked.gid(),
                asked.reason(),
                AuditedCalls.shortName(method),
                "REFUSED " + role.getMessage(),
                caller.origin()));
    }

    /** Returns ENT-061 if the caller's roles do not allow the call, otherwise null. */
    private static @Nullable Refusal refusal(Caller caller, String method) {
        Set<Access> wanted = wanted(method);
        return caller.hasAnyOf(wanted)
                ? null
                : Refusal.of(
                        ErrorCode.ROLE,
                        (caller.token() == null ? "the user '" : "the token '") + caller.principal() + "' has "
                                + (caller.roles().isEmpty() ? "no role" : "the role " + Tokens.labels(caller.roles()))
                                + ", but " + AuditedCalls.shortName(method) + " needs one of: "
                                + Tokens.labels(wanted));
    }

    /** Returns the roles of which a caller needs one; empty for a method without an entry, which is denied. */
    static Set<Access> wanted(String method) {
        boolean isForOperators = method.startsWith(OperatorServiceGrpc.SERVICE_NAME + "/")
                || method.equals(
                        TransactionServiceGrpc.getDecideApprovalMethod().getFullMethodName());
        boolean isForAdministrators = method.startsWith(TopicServiceGrpc.SERVICE_NAME + "/");
        boolean isForAll = method.startsWith("grpc.reflection.") || method.startsWith("grpc.health.");
        Set<Access> others = isForAll ? BY_GID : BY_METHOD.getOrDefault(method, Set.of());
        return isForOperators ? OPERATE : isForAdministrators ? ADMINISTER : others;
    }
}
