package dev.entente.server.api.access;

import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS for the coordinator's port, and for what coordinators ask of each other; PEM files, read once.
 *
 * @param certificate this coordinator's chain; other coordinators verify in it the host that {@code grpc.advertise}
 *     names
 * @param key its private key
 * @param clientCa who signs clients' certificates: then every client must have one; null: none is asked for
 * @param trusted what other coordinators' certificates are verified against, or null for the platform's
 */
public record Tls(
        Path certificate,
        Path key,
        @Nullable Path clientCa,
        @Nullable Path trusted) {

    /** @throws IOException if a file cannot be read */
    ServerCredentials server() throws IOException {
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(certificate.toFile(), key.toFile());
        if (clientCa != null) {
            credentials.trustManager(clientCa.toFile()).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
        }
        return credentials.build();
    }

    /**
     * For channels to other coordinators, which may want to know who calls.
     *
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if one is no PEM of its kind
     */
    ChannelCredentials towardsPeers() throws IOException {
        TlsChannelCredentials.Builder builder =
                TlsChannelCredentials.newBuilder().keyManager(certificate.toFile(), key.toFile());
        if (trusted != null) {
            builder.trustManager(trusted.toFile());
        }
        ChannelCredentials credentials = builder.build();
        // Only here it is parsed: at the start, not when the first request is to be passed on.
        var _ = NettyChannelBuilder.forTarget("localhost", credentials);
        return credentials;
    }
}
