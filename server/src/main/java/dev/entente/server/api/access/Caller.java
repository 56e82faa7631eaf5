package dev.entente.server.api.access;

import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.CallOrigin;
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
 * @param traceparent the call's trace; null if absent or malformed
 * @param requestId the client's name of the call; null if absent or malformed
 */
public record Caller(
        String principal,
        String peer,
        Set<Access> roles,
        @Nullable String token,
        boolean isKnown,
        boolean isForwarded,
        @Nullable String traceparent,
        @Nullable String requestId) {
    private static final Context.Key<Caller> KEY = Context.key("entente-caller");
    private static final Set<Access> EVERYTHING = Set.copyOf(EnumSet.allOf(Access.class));

    /** Returns a caller with all roles, for a coordinator without authentication. */
    public static Caller anonymous(String peer, @Nullable String traceparent, @Nullable String requestId) {
        return new Caller("anonymous@" + peer, peer, EVERYTHING, null, false, false, traceparent, requestId);
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
        return new Caller(now.name(), peer, now.roles(), token, true, isForwarded, traceparent, requestId);
    }

    /** Returns the caller with the trace of one of many requests, or without a trace. */
    public Caller in(@Nullable String trace) {
        return new Caller(principal, peer, roles, token, isKnown, isForwarded, trace, requestId);
    }

    /** Returns the caller of a bulk operation, with the request id of all its actions. */
    Caller ofBulk() {
        String id = AuditRecord.BULK + RequestId.orMadeUp(requestId);
        String sent = id.substring(0, Math.min(id.length(), RequestId.MAX_LENGTH));
        return new Caller(principal, peer, roles, token, isKnown, isForwarded, traceparent, sent);
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
