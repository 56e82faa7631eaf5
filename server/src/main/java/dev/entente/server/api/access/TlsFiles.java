package dev.entente.server.api.access;

import dev.entente.server.telemetry.MetricName;
import dev.entente.server.telemetry.Metrics;
import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS from files that are read again after a change. New connections use the new certificates, and open connections
 * stay open. Thread-safe.
 */
public final class TlsFiles {
    private final ScheduledExecutorService looking;
    private final Metrics metrics;
    private final AdvancedTlsX509KeyManager shown = new AdvancedTlsX509KeyManager();
    private final @Nullable AdvancedTlsX509TrustManager clients;
    private final @Nullable AdvancedTlsX509TrustManager peers;

    /**
     * Reads the files. Blocks.
     *
     * @param looking reads the files again until it is shut down
     * @param metrics show the certificate's expiry, and the unusable files
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if a file is no PEM of its kind, or the key does not match the certificate
     */
    public TlsFiles(Tls tls, ScheduledExecutorService looking, Metrics metrics) throws IOException {
        this.looking = looking;
        this.metrics = metrics;
        List<Path> own = List.of(tls.certificate(), tls.key());
        watch("certificate", own, files -> Certificates.show(shown, files.getFirst(), files.getLast()));
        metrics.showExpiry(MetricName.CERTIFICATE_EXPIRY, () -> Certificates.expiry(shown));
        clients = trusted("clientCa", tls.clientCa());
        peers = trusted("trusted", tls.trusted());
    }

    private @Nullable AdvancedTlsX509TrustManager trusted(String label, @Nullable Path file) throws IOException {
        if (file == null) {
            return null;
        }
        AdvancedTlsX509TrustManager trusted = Certificates.empty();
        watch(label, List.of(file), files -> Certificates.trust(trusted, files.getFirst()));
        metrics.showExpiry(MetricName.AUTHORITIES_EXPIRY, () -> Certificates.expiry(trusted), label);
        return trusted;
    }

    private void watch(String label, List<Path> files, WatchedFiles.Taking taking) throws IOException {
        WatchedFiles watched = WatchedFiles.open(files, taking);
        var _ = watched.refreshOn(looking, metrics);
        metrics.show(MetricName.CERTIFICATE_FILE, watched::state, label);
    }

    /** Returns the credentials of the gRPC port. */
    ServerCredentials server() {
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(shown);
        if (clients != null) {
            credentials.trustManager(Certificates.unnamed(clients)).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
        }
        return credentials.build();
    }

    /** Returns the TLS context of the HTTP port, with the certificate and the client authorities of the gRPC port. */
    public SSLContext http() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManager[] trust = clients == null ? null : new TrustManager[] {Certificates.unnamed(clients)};
            context.init(new KeyManager[] {shown}, trust, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("this JVM does not support TLS", impossible);
        }
    }

    /** Returns the credentials for channels to other coordinators, which may require a client certificate. */
    ChannelCredentials towardsPeers() {
        TlsChannelCredentials.Builder credentials =
                TlsChannelCredentials.newBuilder().keyManager(shown);
        if (peers != null) {
            credentials.trustManager(peers);
        }
        return credentials.build();
    }
}
