package dev.entente.server.api.access;

import dev.entente.server.store.admin.AuditTrail;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import org.jspecify.annotations.Nullable;

/**
 * The terms of entry: who is known, and whether the way is encrypted.
 *
 * @param tokens null where there is no authentication
 * @param peers by which coordinators know each other
 * @param trail is told of who was refused, and of reads
 * @param tls null for plaintext
 */
public record ApiSecurity(
        @Nullable TokenFile tokens,
        PeerProof peers,
        AuditTrail trail,
        @Nullable TlsFiles tls) {
    /** For the port. */
    public ServerCredentials server() {
        return tls == null ? InsecureServerCredentials.create() : tls.server();
    }

    /** For channels to other coordinators. */
    public ChannelCredentials towardsPeers() {
        return tls == null ? InsecureChannelCredentials.create() : tls.towardsPeers();
    }
}
