package dev.entente.server.app;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.api.access.Certificates;
import dev.entente.server.api.access.WatchedFiles;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Secret;
import dev.entente.server.participant.ParticipantConfig.Tls;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.telemetry.MetricName;
import dev.entente.server.telemetry.Metrics;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The files with one participant's tokens, signing keys and certificates, which are read again after a change. Later
 * calls use the new content, on new connections.
 */
final class SecretFiles {
    private final String participant;
    private final ScheduledExecutorService looking;
    private final Metrics metrics;

    private SecretFiles(String participant, ScheduledExecutorService looking, Metrics metrics) {
        this.participant = participant;
        this.looking = looking;
        this.metrics = metrics;
    }

    /**
     * Reads the files of all participants. Blocks.
     *
     * @param looking reads the files again until it is shut down
     * @throws StartupFailure ENT-071 if a file is no longer readable
     */
    static void watch(List<ParticipantConfig> participants, ScheduledExecutorService looking, Metrics metrics) {
        for (ParticipantConfig each : participants) {
            SecretFiles files = new SecretFiles(each.name(), looking, metrics);
            files.watch("tokenFile", each.bearerToken(), 1);
            files.watch("signingKeyFile", each.signingKey(), ParticipantSettings.SHORTEST_KEY);
            if (each.tls() != null) {
                files.watch(each.tls());
            }
        }
    }

    private void watch(String key, @Nullable Secret secret, int shortest) {
        if (secret != null && secret.file() != null) {
            open(
                    key,
                    List.of(secret.file()),
                    files -> renew(secret, files.getFirst().text(), shortest));
        }
    }

    private void watch(Tls tls) {
        if (tls.trusted() != null) {
            AdvancedTlsX509TrustManager authorities = Certificates.empty();
            open("tls.trusted", List.of(tls.trusted()), files -> {
                Certificates.trust(authorities, files.getFirst());
                tls.trust(authorities);
            });
            show("tls.trusted", () -> Certificates.expiry(authorities));
        }
        if (tls.certificate() != null && tls.key() != null) {
            AdvancedTlsX509KeyManager own = new AdvancedTlsX509KeyManager();
            open("tls.certificate", List.of(tls.certificate(), tls.key()), files -> {
                Certificates.show(own, files.getFirst(), files.getLast());
                tls.show(own);
            });
            show("tls.certificate", () -> Certificates.expiry(own));
        }
    }

    private void show(String file, Supplier<Instant> expiry) {
        metrics.showExpiry(MetricName.PARTICIPANT_CERTIFICATE_EXPIRY, expiry, participant, file);
    }

    private void open(String key, List<Path> files, WatchedFiles.Taking taking) {
        try {
            WatchedFiles watched = WatchedFiles.open(files, taking);
            watched.refreshOn(looking, metrics);
            metrics.show(MetricName.SECRET_FILE, watched::state, participant, key);
        } catch (IOException | IllegalArgumentException gone) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "participants." + participant + "." + key + " cannot be used: " + TextFile.reason(gone),
                    gone);
        }
    }

    private static void renew(Secret secret, String text, int shortest) {
        // The text has one character for each byte.
        String whole = new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        String first =
                TextFile.withoutMark(whole).lines().findFirst().orElse("").strip();
        if (first.length() < shortest) {
            throw new IllegalArgumentException("its first line has fewer than " + shortest + " characters");
        }
        secret.renew(first);
    }
}
