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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The files with one participant's tokens, signing keys and certificates, which are read again after a change. Later
 * calls use the new content, on new connections.
 */
final class SecretFiles {
    private final String participant;
    /** The files and the expiries of certificates, by their key in the configuration. */
    private final Map<String, WatchedFiles> files = new TreeMap<>();

    private final Map<String, Supplier<Instant>> expiries = new TreeMap<>();
    private final List<Runnable> checks = new ArrayList<>();

    private SecretFiles(String participant) {
        this.participant = participant;
    }

    /**
     * Reads a participant's files. Blocks.
     *
     * @throws StartupFailure ENT-071 if a file is no longer readable
     */
    static SecretFiles open(ParticipantConfig config) {
        SecretFiles files = new SecretFiles(config.name());
        files.open("tokenFile", config.bearerToken(), 1);
        files.open("signingKeyFile", config.signingKey(), ParticipantSettings.SHORTEST_KEY);
        if (config.tls() != null) {
            files.open(config.tls());
        }
        return files;
    }

    /** Reads the files again after each change, until {@link #end} or the shutdown of the executor. */
    void watch(ScheduledExecutorService looking, Metrics metrics) {
        files.forEach((key, watched) -> {
            checks.add(watched.refreshOn(looking, metrics));
            metrics.show(MetricName.SECRET_FILE, watched::state, participant, key);
        });
        expiries.forEach((key, expiry) ->
                metrics.showExpiry(MetricName.PARTICIPANT_CERTIFICATE_EXPIRY, expiry, participant, key));
    }

    /** Ends the checks, and removes the files from the metrics. */
    void end(Metrics metrics) {
        checks.forEach(Runnable::run);
        files.keySet().forEach(key -> metrics.hide(MetricName.SECRET_FILE, participant, key));
        expiries.keySet().forEach(key -> metrics.hide(MetricName.PARTICIPANT_CERTIFICATE_EXPIRY, participant, key));
    }

    private void open(String key, @Nullable Secret secret, int shortest) {
        if (secret != null && secret.file() != null) {
            open(
                    key,
                    List.of(secret.file()),
                    read -> renew(secret, read.getFirst().text(), shortest));
        }
    }

    private void open(Tls tls) {
        if (tls.trusted() != null) {
            AdvancedTlsX509TrustManager authorities = Certificates.empty();
            open("tls.trusted", List.of(tls.trusted()), read -> {
                Certificates.trust(authorities, read.getFirst());
                tls.trust(authorities);
            });
            expiries.put("tls.trusted", () -> Certificates.expiry(authorities));
        }
        if (tls.certificate() != null && tls.key() != null) {
            AdvancedTlsX509KeyManager own = new AdvancedTlsX509KeyManager();
            open("tls.certificate", List.of(tls.certificate(), tls.key()), read -> {
                Certificates.show(own, read.getFirst(), read.getLast());
                tls.show(own);
            });
            expiries.put("tls.certificate", () -> Certificates.expiry(own));
        }
    }

    private void open(String key, List<Path> paths, WatchedFiles.Taking taking) {
        try {
            files.put(key, WatchedFiles.open(paths, taking));
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
