package dev.entente.server.api.access;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import java.io.IOException;
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
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if one is no PEM of its kind
     */
    public static ApiSecurity encrypted(@Nullable TokenFile tokens, PeerProof peers, Tls tls) throws IOException {
        return new ApiSecurity(tokens, peers, tls.server(), tls.towardsPeers());
    }
}
