package dev.entente.server.api.access;

import dev.entente.server.store.audit.AuditTrail;
import dev.entente.server.telemetry.Metrics;
import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
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

    /** Has the audit told of each change, and of each that was not taken. */
    public void tell(AuditTrail trail) {
        watched.forEach((label, files) -> files.whenChanged(new FileChange("grpc.tls." + label, trail)));
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

    /**
     * Encrypts connections to servers that are no coordinators. Blocks.
     *
     * @param authorities that their certificates are verified against, in a PEM file; null for the JDK's
     */
    public static SSLSocketFactory trusting(@Nullable Path authorities) throws IOException, GeneralSecurityException {
        if (authorities == null) {
            return SSLContext.getDefault().getSocketFactory();
        }
        TrustedCertificates trusted = new TrustedCertificates();
        trusted.take(new Pem(authorities, Files.readString(authorities, StandardCharsets.ISO_8859_1)));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {trusted}, null);
        return context.getSocketFactory();
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
