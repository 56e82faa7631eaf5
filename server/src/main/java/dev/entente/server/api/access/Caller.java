package dev.entente.server.api.access;

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
 * @param principal the token's name, or {@code anonymous@peer} while there is no authentication; stands in audit
 *     entries
 * @param peer the address the call came from first, without a port
 * @param token SHA-256 of the token's secret, by which a stream's caller is looked up again; null without
 *     authentication, and of a call that another coordinator passed on
 * @param isKnown whether the caller had to say who it is, here or at the coordinator that passed the call on
 * @param isForwarded whether another coordinator passed the call on, so that it must not be passed on again
 * @param traceparent the trace that the call belongs to, if it says one that is well-formed; else null
 * @param requestId the client's name of the call, if it gave one that is well-formed; else null
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

    /** While there is no authentication, everybody may do everything. */
    public static Caller anonymous(String peer, @Nullable String traceparent, @Nullable String requestId) {
        return new Caller("anonymous@" + peer, peer, EVERYTHING, null, false, false, traceparent, requestId);
    }

    /**
     * The caller of the call that this thread is in. Only at the start of a service's method: what runs later has
     * another context.
     */
    public static Caller current() {
        return Objects.requireNonNull(KEY.get(), "the authentication interceptor is not installed");
    }

    /** Returns the caller with what the token says now. */
    Caller with(Tokens.Token now) {
        return new Caller(now.name(), peer, now.roles(), token, true, isForwarded, traceparent, requestId);
    }

    /** Returns the caller in the trace of one of many requests, which may be none. */
    public Caller in(@Nullable String trace) {
        return new Caller(principal, peer, roles, token, isKnown, isForwarded, trace, requestId);
    }

    /** Returns where the call came from, for the audit. */
    public CallOrigin origin() {
        return new CallOrigin(peer, RequestId.orMadeUp(requestId));
    }

    /** Returns the address that a call came from, without a port. */
    static String peer(Attributes attributes) {
        SocketAddress address = attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        return address instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : "local";
    }

    Context in(Context context) {
        return context.withValue(KEY, this);
    }

    /** Tells whether requests and responses may be shown. */
    public boolean maySeePayloads() {
        return roles.contains(Access.OPERATOR) || roles.contains(Access.ADMIN);
    }

    /** Tells whether a transaction's result may be shown. Submitters need it. */
    public boolean maySeeResult() {
        return maySeePayloads() || roles.contains(Access.SUBMITTER);
    }

    /** Tells whether other submitters' transactions are hidden from the caller. */
    public boolean seesOwnAlone() {
        return !hasAnyOf(Authentication.READ);
    }

    boolean hasAnyOf(Set<Access> wanted) {
        return wanted.stream().anyMatch(roles::contains);
    }

    /** Without the token. */
    @Override
    public String toString() {
        return principal + " from " + peer + " as " + roles;
    }
}
