package dev.entente.server.api.access;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.CallOrigin;
import dev.entente.wire.TraceParent;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The caller of an RPC.
 *
 * @param principal the token's name, the name that a trusted proxy has sent, or {@code anonymous@peer} without
 *     authentication; appears in audit entries
 * @param peer the address of the original client, without a port; {@code header@address} for a name in a header
 * @param token SHA-256 of the token's secret, to look up a stream's caller again; null without a token, and for a call
 *     that another coordinator forwarded
 * @param isKnown whether the caller was authenticated, here or at the coordinator that forwarded the call
 * @param isForwarded whether another coordinator forwarded the call; such a call is not forwarded again
 * @param trace the trace context of the call; null if absent or malformed
 * @param requestId the client's name of the call; null if absent or malformed
 */
public record Caller(
        String principal,
        String peer,
        Set<Access> roles,
        @Nullable String token,
        boolean isKnown,
        boolean isForwarded,
        @Nullable TraceParent trace,
        @Nullable String requestId) {
    private static final Context.Key<Caller> KEY = Context.key("entente-caller");
    private static final Set<Access> EVERYTHING = Set.copyOf(EnumSet.allOf(Access.class));

    /** Returns a caller with all roles, for a coordinator without authentication. */
    public static Caller anonymous(String peer, @Nullable TraceParent trace, @Nullable String requestId) {
        return new Caller("anonymous@" + peer, peer, EVERYTHING, null, false, false, trace, requestId);
    }

    /**
     * Returns the caller of the current thread's call. Use only at the start of a service method, because later code
     * runs in another context.
     */
    public static Caller current() {
        return Objects.requireNonNull(KEY.get(), "the authentication interceptor is not installed");
    }

    /** Returns the caller with the current name and roles of the token. */
    Caller with(Tokens.Token now) {
        return new Caller(now.name(), peer, now.roles(), token, true, isForwarded, trace, requestId);
    }

    /** Returns the caller with the trace of one of many requests, or without a trace. */
    public Caller in(@Nullable TraceParent other) {
        return new Caller(principal, peer, roles, token, isKnown, isForwarded, other, requestId);
    }

    /**
     * Returns the trace context to store with a transaction that the call submits, or null. A context with the trace id
     * that is derived from the gid is not stored: clients of version 0.1 invent it, without a span.
     */
    public @Nullable ByteString traceOf(String gid) {
        return trace == null || trace.traceId().equals(TraceParent.traceIdOf(gid))
                ? null
                : ByteString.copyFrom(trace.bytes());
    }

    /** Returns the caller of a bulk operation, with the request id of all its actions. */
    Caller ofBulk() {
        String id = AuditRecord.BULK + RequestId.orMadeUp(requestId);
        String sent = id.substring(0, Math.min(id.length(), RequestId.MAX_LENGTH));
        return new Caller(principal, peer, roles, token, isKnown, isForwarded, trace, sent);
    }

    /** Returns the origin of the call for the audit. */
    public CallOrigin origin() {
        return new CallOrigin(peer, RequestId.orMadeUp(requestId));
    }

    /** Returns the client address of a call, without a port. */
    static String peer(Attributes attributes) {
        SocketAddress address = attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        return address instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : "local";
    }

    Context in(Context context) {
        return context.withValue(KEY, this);
    }

    /** Returns whether the caller may see requests and responses. */
    public boolean maySeePayloads() {
        return roles.contains(Access.OPERATOR) || roles.contains(Access.ADMIN);
    }

    /** Returns whether the caller may see a transaction's result. Submitters need the result. */
    public boolean maySeeResult() {
        return maySeePayloads() || roles.contains(Access.SUBMITTER);
    }

    /** Returns whether the caller sees only its own transactions. */
    public boolean seesOwnAlone() {
        return !hasAnyOf(Authentication.READ);
    }

    boolean hasAnyOf(Set<Access> wanted) {
        return wanted.stream().anyMatch(roles::contains);
    }

    /** Omits the token. */
    @Override
    public String toString() {
        return principal + " from " + peer + " as " + roles;
    }
}
