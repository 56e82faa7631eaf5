package dev.entente.server.app;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.api.access.OfferedCertificate;
import dev.entente.server.api.access.Pem;
import dev.entente.server.api.access.TrustedCertificates;
import dev.entente.server.api.access.WatchedFiles;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Secret;
import dev.entente.server.participant.ParticipantConfig.Tls;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files with participants' tokens, signing keys and certificates, which are read again when they change: calls from
 * then on have the next ones, and connections of their own. Thread-safe.
 */
final class SecretFiles implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SecretFiles.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

    private final Metrics metrics;
    private final List<WatchedFiles> watched = new ArrayList<>();
    private final @Nullable ScheduledExecutorService looking;

    private SecretFiles(List<ParticipantConfig> participants, Metrics metrics) {
        this.metrics = metrics;
        for (ParticipantConfig each : participants) {
            watch(each.name(), "tokenFile", each.bearerToken(), 1);
            watch(each.name(), "signingKeyFile", each.signingKey(), ParticipantSettings.SHORTEST_KEY);
            if (each.tls() != null) {
                watch(each.name(), each.tls());
            }
        }
        looking = watched.isEmpty()
                ? null
                : Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("entente-secrets").daemon().factory());
    }

    /**
     * Looks at the files every two seconds until it is closed. Blocks.
     *
     * @throws StartupFailure ENT-071 if one can be read no more
     */
    static SecretFiles watch(List<ParticipantConfig> participants, Metrics metrics) {
        SecretFiles files = new SecretFiles(participants, metrics);
        if (files.looking != null) {
            long millis = LOOK_EVERY.toMillis();
            var _ = files.looking.scheduleWithFixedDelay(files::refresh, millis, millis, TimeUnit.MILLISECONDS);
        }
        return files;
    }

    private void watch(String participant, String key, @Nullable Secret secret, int shortest) {
        if (secret != null && secret.file() != null) {
            open(participant, key, List.of(secret.file()), texts -> renew(secret, texts.getFirst(), shortest));
        }
    }

    private void watch(String participant, Tls tls) {
        Path trusted = tls.trusted();
        if (trusted != null) {
            TrustedCertificates authorities = new TrustedCertificates();
            open(participant, "tls.trusted", List.of(trusted), texts -> {
                authorities.take(new Pem(trusted, texts.getFirst()));
                tls.trust(authorities);
            });
            metrics.showParticipantCertificate(participant, "tls.trusted", authorities::expiry);
        }
        Path certificate = tls.certificate();
        Path key = tls.key();
        if (certificate != null && key != null) {
            OfferedCertificate own = new OfferedCertificate();
            open(participant, "tls.certificate", List.of(certificate, key), texts -> {
                own.take(new Pem(certificate, texts.getFirst()), new Pem(key, texts.getLast()));
                tls.show(own);
            });
            metrics.showParticipantCertificate(participant, "tls.certificate", own::expiry);
        }
    }

    private void open(String participant, String key, List<Path> files, WatchedFiles.Taking taking) {
        try {
            WatchedFiles opened = WatchedFiles.open(files, taking);
            watched.add(opened);
            metrics.showSecretFile(participant, key, () -> opened.isRefused() ? 1 : 0);
        } catch (IOException | IllegalArgumentException gone) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "participants." + participant + "." + key + " cannot be used: " + TextFile.reason(gone),
                    gone);
        }
    }

    private static void renew(Secret secret, String text, int shortest) {
        // It was read byte for byte.
        String whole = new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        String first = whole.lines().findFirst().orElse("").strip();
        if (first.length() < shortest) {
            throw new IllegalArgumentException("its first line has fewer than " + shortest + " characters");
        }
        secret.renew(first);
    }

    private void refresh() {
        for (WatchedFiles each : watched) {
            try {
                each.refresh();
            } catch (RuntimeException | Error defect) {
                // A task that throws is never run again, and then a key could be changed no more.
                metrics.caught("secrets");
                log.error("unexpected error while reading the files of participants", defect);
            }
        }
    }

    /** Looks at the files no longer. */
    @Override
    public void close() {
        if (looking != null) {
            looking.shutdownNow();
        }
    }
}
