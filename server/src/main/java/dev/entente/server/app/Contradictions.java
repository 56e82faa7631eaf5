package dev.entente.server.app;

import dev.entente.core.plan.PlanCheck;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.store.StartupFailure;
import java.time.Duration;
import java.util.List;

/** Refuses settings that are each well written, and make no sense together or at all. */
final class Contradictions {
    private static final Duration LEAST_RETENTION = Duration.ofHours(24);

    private final Configuration settings;

    Contradictions(Configuration settings) {
        this.settings = settings;
    }

    /** @throws StartupFailure ENT-071 or ENT-075, for the first that is found */
    void refuse() {
        refuseOpenBinds();
        refuseHalfTls();
        refuseTlsWithoutFiles();
        refuseShortRetention();
        refuseLargePages();
        refuseNoTime();
        refuseNoRoom();
        refuseUnsoundCalls();
    }

    private void refuseOpenBinds() {
        for (Setting setting : List.of(Setting.GRPC_BIND, Setting.HTTP_BIND)) {
            if (!settings.address(setting, 0).getAddress().isLoopbackAddress() && settings.tokenFile() == null) {
                throw new StartupFailure(
                        ErrorCode.OPEN_BIND,
                        setting.key() + " = '" + settings.text(setting)
                                + "' can be reached from other machines, and there is no authentication; "
                                + "set auth.tokenFile (see `entente token create`), or bind to 127.0.0.1",
                        null);
            }
        }
    }

    private void refuseHalfTls() {
        boolean hasCertificate = settings.path(Setting.GRPC_TLS_CERTIFICATE) != null;
        if (hasCertificate != (settings.path(Setting.GRPC_TLS_KEY) != null)) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    hasCertificate
                            ? "grpc.tls.certificate is set, and grpc.tls.key is not; set both, or neither"
                            : "grpc.tls.key is set, and grpc.tls.certificate is not; set both, or neither",
                    null);
        }
        for (Setting setting : List.of(Setting.GRPC_TLS_CLIENT_CA, Setting.GRPC_TLS_TRUSTED)) {
            if (settings.path(setting) != null && !hasCertificate) {
                throw new StartupFailure(
                        ErrorCode.BAD_VALUE,
                        setting.key() + " is set, and the server speaks plaintext; set grpc.tls.certificate and"
                                + " grpc.tls.key, too",
                        null);
            }
        }
    }

    private void refuseTlsWithoutFiles() {
        if (settings.httpIsEncrypted() && settings.tls() == null) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "http.tls is on, and there is no certificate; set grpc.tls.certificate and grpc.tls.key, too",
                    null);
        }
    }

    private void refuseShortRetention() {
        if (settings.retention().compareTo(LEAST_RETENTION) < 0) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "retention.finished = '" + settings.text(Setting.RETENTION_FINISHED)
                            + "' is too short: a client that sends a gid again within a day must find it; write at"
                            + " least 24h",
                    null);
        }
    }

    private void refuseLargePages() {
        if (settings.count(Setting.LIMITS_PAGE) > settings.count(Setting.LIMITS_MAX_PAGE)) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "limits.page = '" + settings.text(Setting.LIMITS_PAGE) + "' is more than limits.maxPage = '"
                            + settings.text(Setting.LIMITS_MAX_PAGE) + "'; lower the one or raise the other",
                    null);
        }
    }

    private void refuseNoTime() {
        for (Setting setting :
                List.of(Setting.LEASE, Setting.PROGRESS_FLUSH, Setting.BEGUN_TIMEOUT, Setting.GRPC_CONNECTION_AGE)) {
            if (settings.duration(setting).isZero()) {
                throw new StartupFailure(
                        ErrorCode.BAD_VALUE,
                        setting.key() + " = '" + settings.text(setting) + "' leaves no time at all; write at least 1ms",
                        null);
            }
        }
    }

    private void refuseNoRoom() {
        if (settings.openBytes() == 0) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "limits.openBytes = '" + settings.text(Setting.LIMITS_OPEN_BYTES)
                            + "' leaves room for nothing; write a size such as 512MiB",
                    null);
        }
        if (settings.perParticipant() <= 0 || settings.perParticipant() > 1) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "limits.perParticipant = '" + settings.text(Setting.LIMITS_PER_PARTICIPANT)
                            + "' is no share; write more than 0 and at most 1, such as 0.5",
                    null);
        }
    }

    /** Else every plan that says nothing of its own would be refused for it. */
    private void refuseUnsoundCalls() {
        for (CallPolicy policy :
                List.of(settings.forwardPolicy(), settings.settlingPolicy(), settings.notificationPolicy())) {
            if (!PlanCheck.isSound(policy)) {
                throw new StartupFailure(ErrorCode.BAD_VALUE, "calls: " + PlanCheck.soundness(policy), null);
            }
        }
    }
}
