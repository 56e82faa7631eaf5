package dev.entente.server.api.access;

import dev.entente.server.telemetry.Metrics;
import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS by files that are read again when they change: new connections have the new certificates, open ones stay.
 * Thread-safe.
 */
public final class TlsFiles implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TlsFiles.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

    private final Metrics metrics;
    private final OfferedCertificate offered = new OfferedCertificate();
    private final @Nullable TrustedCertificates clients;
    private final @Nullable TrustedCertificates peers;
    private final Map<String, WatchedFiles> watched = new LinkedHashMap<>();
    private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("entente-certificates").daemon().factory());

    private TlsFiles(Tls tls, Metrics metrics) throws IOException {
        this.metrics = metrics;
        watch(
                "certificate",
                List.of(tls.certificate(), tls.key()),
                texts -> offered.take(
                        new Pem(tls.certificate(), texts.getFirst()), new Pem(tls.key(), texts.getLast())));
        clients = tls.clientCa() == null ? null : trusted("clientCa", tls.clientCa());
        peers = tls.trusted() == null ? null : trusted("trusted", tls.trusted());
        metrics.showCertificate(offered::expiry);
    }

    /**
     * Reads the files, and looks at them every two seconds until it is closed. Blocks.
     *
     * @param metrics show when the certificate expires, and which files cannot be used
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if one is no PEM of its kind, or the key is not that of the certificate
     */
    public static TlsFiles watch(Tls tls, Metrics metrics) throws IOException {
        return watch(tls, LOOK_EVERY, metrics);
    }

    /** @param every how long to pause between two looks at the files */
    public static TlsFiles watch(Tls tls, Duration every, Metrics metrics) throws IOException {
        TlsFiles files = new TlsFiles(tls, metrics);
        long millis = every.toMillis();
        var _ = files.looking.scheduleWithFixedDelay(files::refresh, millis, millis, TimeUnit.MILLISECONDS);
        return files;
    }

    private TrustedCertificates trusted(String label, Path file) throws IOException {
        TrustedCertificates trusted = new TrustedCertificates();
        watch(label, List.of(file), texts -> trusted.take(new Pem(file, texts.getFirst())));
        metrics.showAuthorities(label, trusted::expiry);
        return trusted;
    }

    private void watch(String label, List<Path> files, WatchedFiles.Taking taking) throws IOException {
        WatchedFiles opened = WatchedFiles.open(files, taking);
        watched.put(label, opened);
        metrics.showCertificateFile(label, () -> opened.isRefused() ? 1 : 0);
    }

    private void refresh() {
        for (WatchedFiles each : watched.values()) {
            try {
                each.refresh();
            } catch (RuntimeException | Error defect) {
                // A task that throws is never run again, and then the certificate would expire.
                metrics.caught("certificates");
                log.error("unexpected error while reading the files of TLS", defect);
            }
        }
    }

    /** For the port. */
    ServerCredentials server() {
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(offered);
        if (clients != null) {
            credentials.trustManager(clients).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
        }
        return credentials.build();
    }

    /** For the HTTP port: the same certificate, exchanged at the same moment, and nobody is asked for one. */
    public SSLContext http() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {offered}, null, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("this JVM has no TLS", impossible);
        }
    }

    /** For channels to other coordinators, which may want to know who calls. */
    ChannelCredentials towardsPeers() {
        TlsChannelCredentials.Builder credentials =
                TlsChannelCredentials.newBuilder().keyManager(offered);
        if (peers != null) {
            credentials.trustManager(peers);
        }
        return credentials.build();
    }

    /** Looks at the files no longer. */
    @Override
    public void close() {
        looking.shutdownNow();
    }
}
