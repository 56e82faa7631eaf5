package dev.entente.server.api.access;

import dev.entente.server.store.admin.AuditTrail;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import org.jspecify.annotations.Nullable;

/**
 * The security settings of the API: authentication of callers, and encryption of connections.
 *
 * @param tokens null without authentication
 * @param users the users by a proxy's header
 * @param peers authenticates calls between coordinators
 * @param trail records refused callers, and reads
 * @param tls null for plaintext
 */
public record ApiSecurity(
        @Nullable TokenFile tokens,
        ProxyUsers users,
        PeerProof peers,
        AuditTrail trail,
        @Nullable TlsFiles tls) {
    /** Returns the credentials of the gRPC port. */
    public ServerCredentials server() {
        return tls == null ? InsecureServerCredentials.create() : tls.server();
    }

    /** Returns the credentials for channels to other coordinators. */
    public ChannelCredentials towardsPeers() {
        return tls == null ? InsecureChannelCredentials.create() : tls.towardsPeers();
    }
}
