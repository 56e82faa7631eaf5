package dev.entente.server.api.access;

import dev.entente.server.store.admin.AuditTrail;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import org.jspecify.annotations.Nullable;

/**
 * How one comes in: who is known, and whether the way is encrypted.
 *
 * @param tokens null where there is no authentication
 * @param peers by which coordinators know each other
 * @param trail is told of who was refused, and of reads
 */
public record ApiSecurity(
        @Nullable TokenFile tokens,
        PeerProof peers,
        AuditTrail trail,
        ServerCredentials server,
        ChannelCredentials towardsPeers) {

    /** Unencrypted. */
    public static ApiSecurity plaintext(@Nullable TokenFile tokens, PeerProof peers, AuditTrail trail) {
        return new ApiSecurity(
                tokens, peers, trail, InsecureServerCredentials.create(), InsecureChannelCredentials.create());
    }

    /**
     * Encrypted, for clients and for other coordinators.
     *
     * @param tls stays open as long as the server
     */
    public static ApiSecurity encrypted(@Nullable TokenFile tokens, PeerProof peers, AuditTrail trail, TlsFiles tls) {
        return new ApiSecurity(tokens, peers, trail, tls.server(), tls.towardsPeers());
    }
}
