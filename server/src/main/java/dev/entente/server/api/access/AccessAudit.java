package dev.entente.server.api.access;

import dev.entente.server.store.AuditLines;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.admin.AuditTrail;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Tells the audit of failed sign-ins, refused roles, refused acts and reads. Where nobody knows who calls, the log alone
 * is told: rows name a principal, and strangers fill no table. Thread-safe; never blocks.
 */
final class AccessAudit {
    /** In the place of a call's name. */
    static final String CONSOLE = "console";

    private static final String UNKNOWN = "unknown";
    private static final String REFUSED = "REFUSED";

    private final AuditTrail trail;

    AccessAudit(AuditTrail trail) {
        this.trail = trail;
    }

    /**
     * A call or a visitor of the console whose caller is not known, or no longer.
     *
     * @param what the call's short name, or {@link #CONSOLE}
     */
    void signInFailed(TokenFile.Doubt doubt, String what, String peer, Metadata headers) {
        boolean isKnown = !doubt.principal().isEmpty();
        String actor = isKnown ? doubt.principal() : UNKNOWN;
        AuditRecord row = row(actor, "sign-in", "", doubt.why(), what, REFUSED, peer, headers);
        if (isKnown) {
            trail.add(row);
        } else {
            AuditLines.told(row);
        }
    }

    /**
     * Somebody who has signed in to the console, or out of it.
     *
     * @param act {@code sign-in} or {@code sign-out}
     */
    void signed(String principal, String act, String peer) {
        trail.add(row(principal, act, "", CONSOLE, "", "DONE", peer, new Metadata()));
    }

    /** A call that claimed to be passed on by another coordinator, and is not believed. */
    void peerDoubted(String why, String method, Attributes from, Metadata headers) {
        AuditLines.told(row(UNKNOWN, "peer", "", why, shortName(method), REFUSED, peer(from), headers));
    }

    /** Something that a caller has read or tried, and that changed no transaction. */
    void done(Caller caller, AuditedCalls.Entry what, Metadata headers) {
        told(caller, what, "", "DONE", headers);
    }

    /**
     * Something that a caller is refused.
     *
     * @param before empty, or the name of the call that no role of the caller's allows
     * @param why with a code in front
     */
    void refused(Caller caller, AuditedCalls.Entry what, String before, String why, Metadata headers) {
        told(caller, what, before, REFUSED + " " + why, headers);
    }

    private void told(Caller caller, AuditedCalls.Entry what, String before, String after, Metadata headers) {
        trail.add(
                row(caller.principal(), what.act(), what.gid(), what.reason(), before, after, caller.peer(), headers));
    }

    private static AuditRecord row(
            String actor,
            String act,
            String gid,
            String reason,
            String before,
            String after,
            String peer,
            Metadata headers) {
        return new AuditRecord(actor, act, gid, reason, before, after, peer, RequestId.of(headers));
    }

    static String shortName(String method) {
        return method.substring(method.indexOf('/') + 1);
    }

    /** The address alone, without a port. */
    static String peer(Attributes attributes) {
        SocketAddress address = attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        return address instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : "local";
    }
}
