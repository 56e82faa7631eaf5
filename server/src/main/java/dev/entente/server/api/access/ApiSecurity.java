package dev.entente.server.api.access;

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
 */
public record ApiSecurity(
        @Nullable TokenFile tokens, PeerProof peers, ServerCredentials server, ChannelCredentials towardsPeers) {

    /** Unencrypted. */
    public static ApiSecurity plaintext(@Nullable TokenFile tokens, PeerProof peers) {
        return new ApiSecurity(tokens, peers, InsecureServerCredentials.create(), InsecureChannelCredentials.create());
    }

    /**
     * Encrypted, for clients and for other coordinators.
     *
     * @param tls stays open as long as the server
     */
    public static ApiSecurity encrypted(@Nullable TokenFile tokens, PeerProof peers, TlsFiles tls) {
        return new ApiSecurity(tokens, peers, tls.server(), tls.towardsPeers());
    }
}
