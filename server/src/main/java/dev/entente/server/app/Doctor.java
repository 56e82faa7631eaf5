package dev.entente.server.app;

import dev.entente.server.api.Directory;
import dev.entente.server.api.access.Pem;
import dev.entente.server.api.access.Tls;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Secret;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseUrl;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.admin.DatabaseFindings;
import dev.entente.server.store.admin.Finding;
import dev.entente.server.telemetry.Metrics;
import dev.entente.v1.Diagnosis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The checks of a configuration, its files, its database and its participants. They change nothing. Thread-safe. */
public record Doctor(Configuration configuration, Database database, Directory directory, boolean isCoordinator)
        implements Supplier<Diagnosis> {
    /** Checks a file and the environment without a coordinator, and therefore without the coordinator's heap. */
    public static Diagnosis of(Path file) {
        try (EventLoops loops = EventLoops.start(1)) {
            Configuration configuration = Configuration.of(Settings.gather(file, System.getenv(), Map.of()));
            configuration.participants().forEach(SecretFiles::open);
            try (Database database = Database.of(configuration.database());
                    CalledParticipants participants = Server.called(configuration, loops, Metrics.none())) {
                return new Doctor(configuration, database, participants, false).get();
            }
        } catch (StartupFailure invalid) {
            return message(List.of(Finding.of("configuration", invalid)));
        }
    }

    private static Diagnosis message(List<Finding> findings) {
        Diagnosis.Builder diagnosis = Diagnosis.newBuilder();
        findings.forEach(finding -> diagnosis
                .addFindingsBuilder()
                .setWhat(finding.what())
                .setWhy(finding.why())
                .setChange(finding.change()));
        return diagnosis.build();
    }

    /** Blocks for some seconds. */
    @Override
    public Diagnosis get() {
        List<Finding> findings = new ArrayList<>();
        Configuration current = current(findings);
        var probes = current.participants().stream().map(this::probed).toList();
        limits(findings);
        files(current, findings);
        findings.addAll(new DatabaseFindings(database).find());
        probes.forEach(probe -> findings.addAll(probe.join()));
        return message(findings);
    }

    /** Returns the current content of the configuration file, or the configuration of the start. */
    private Configuration current(List<Finding> findings) {
        Configuration.Source source = configuration.source();
        try {
            return source == null ? configuration : source.again().get();
        } catch (StartupFailure invalid) {
            findings.add(Finding.of("configuration", invalid));
            return configuration;
        }
    }

    private void limits(List<Finding> findings) {
        long open = configuration.get(Setting.LIMITS_OPEN_BYTES);
        long plan = configuration.get(Setting.LIMITS_PLAN);
        long heap = isCoordinator ? Runtime.getRuntime().maxMemory() : Long.MAX_VALUE;
        if (heap / 2 < open || heap / 3 < plan + (64 << 20)) {
            findings.add(Finding.of("heap", heap >> 20, open >> 20, plan >> 20));
        }
        String host = DatabaseUrl.plaintextHost(configuration.get(Setting.DATABASE_URL));
        if (host != null) {
            findings.add(Finding.of("plaintext", host));
        }
    }

    /** Checks the files. The first unreadable file ends the check. */
    private void files(Configuration current, List<Finding> findings) {
        try {
            Tls tls = configuration.tls();
            if (tls != null) {
                certificates("grpc.tls", findings, tls.certificate(), tls.clientCa(), tls.trusted());
            }
            for (ParticipantConfig config : current.participants()) {
                String key = "participants." + config.name() + ".";
                secret(key + "tokenFile", config.bearerToken(), findings);
                secret(key + "signingKeyFile", config.signingKey(), findings);
                ParticipantConfig.Tls link = config.tls();
                if (link != null) {
                    certificates(key + "tls", findings, link.certificate(), link.trusted());
                }
            }
        } catch (IOException | GeneralSecurityException unreadable) {
            findings.add(Finding.of("file", TextFile.reason(unreadable)));
        }
    }

    private static void certificates(String key, List<Finding> findings, @Nullable Path... files)
            throws IOException, GeneralSecurityException {
        for (Path file : files) {
            if (file == null) {
                continue;
            }
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            for (X509Certificate each : new Pem(file, text).certificates()) {
                Instant end = each.getNotAfter().toInstant();
                long days = ChronoUnit.DAYS.between(Instant.now(), end);
                if (days < 14) {
                    findings.add(Finding.of("certificate", key, each.getSubjectX500Principal(), days, end, file));
                }
            }
        }
    }

    private static void secret(String key, @Nullable Secret secret, List<Finding> findings) throws IOException {
        Path file = secret == null ? null : secret.file();
        if (file != null && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
            findings.add(Finding.of("secret", key, file));
        }
    }

    private CompletableFuture<List<Finding>> probed(ParticipantConfig config) {
        return directory.probe(config.name()).handle((probe, failure) -> {
            if (probe == null || !probe.isReachable()) {
                String why = probe == null ? String.valueOf(failure.getMessage()) : probe.error();
                return List.of(Finding.of("participant", config.name(), config.target(), why));
            }
            boolean hasTypes = !config.isGrpc()
                    || config.descriptorSet() != null
                    || probe.error().isEmpty();
            return hasTypes ? List.of() : List.of(Finding.of("types", config.name(), probe.error()));
        });
    }
}
