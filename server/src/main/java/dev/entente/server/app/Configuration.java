package dev.entente.server.app;

import dev.entente.core.decision.Patience;
import dev.entente.core.plan.Limits;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.api.ApiLimits;
import dev.entente.server.api.Paging;
import dev.entente.server.api.access.Tls;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.StartupFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The server's configuration, read and checked. Immutable. */
public final class Configuration {
    private final Settings settings;
    private final List<ParticipantConfig> participants;

    private Configuration(Settings settings, List<ParticipantConfig> participants) {
        this.settings = settings;
        this.participants = participants;
    }

    /** @throws StartupFailure ENT-071 with every bad value, or ENT-075 */
    public static Configuration of(Settings settings) {
        GivenValues.check(settings.values());
        int maxResponseBytes = ValueParser.bytes(text(settings, Setting.LIMITS_PAYLOAD));
        boolean streams = ValueParser.flag(text(settings, Setting.CALLS_STREAM));
        List<ParticipantConfig> participants = settings.participants().entrySet().stream()
                .map(entry -> ParticipantSettings.read(entry.getKey(), entry.getValue(), maxResponseBytes, streams))
                .toList();
        Configuration configuration = new Configuration(settings, participants);
        new Contradictions(configuration).refuse();
        return configuration;
    }

    String node() {
        String node = text(Setting.NODE);
        return node.isEmpty() ? hostName() : node;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException unnamed) {
            return "localhost";
        }
    }

    InetSocketAddress grpc() {
        return address(Setting.GRPC_BIND, ValueParser.port(text(Setting.GRPC_PORT)));
    }

    InetSocketAddress http() {
        return address(Setting.HTTP_BIND, ValueParser.port(text(Setting.HTTP_PORT)));
    }

    InetSocketAddress address(Setting bind, int port) {
        InetSocketAddress address = new InetSocketAddress(text(bind), port);
        if (address.isUnresolved()) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    bind.key() + " = '" + text(bind) + "' is no address of this machine; write 127.0.0.1 or 0.0.0.0",
                    null);
        }
        return address;
    }

    /** Returns the address at which other coordinators reach this one, once it listens on that port. */
    String advertised(int port) {
        String advertised = text(Setting.GRPC_ADVERTISE);
        if (!advertised.isEmpty()) {
            return advertised;
        }
        InetAddress bound = grpc().getAddress();
        String host = bound.isAnyLocalAddress() ? hostName() : bound.getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    int grpcThreads() {
        int threads = ValueParser.count(text(Setting.GRPC_THREADS), 0);
        return threads == 0 ? Math.max(1, Runtime.getRuntime().availableProcessors() / 2) : threads;
    }

    public DatabaseSettings database() {
        return new DatabaseSettings(
                text(Setting.DATABASE_URL),
                text(Setting.DATABASE_USER),
                password(),
                count(Setting.DATABASE_POOL),
                text(Setting.DATABASE_REPLICATION).equals("synchronous"),
                duration(Setting.DATABASE_PATIENCE));
    }

    private String password() {
        Path file = path(Setting.DATABASE_PASSWORD_FILE);
        if (file == null) {
            return text(Setting.DATABASE_PASSWORD);
        }
        try {
            return TextFile.firstLine(file);
        } catch (IOException unreadable) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "database.passwordFile = '" + file + "' cannot be read: " + TextFile.reason(file, unreadable)
                            + "; check the path",
                    unreadable);
        }
    }

    boolean migrates() {
        return ValueParser.flag(text(Setting.DATABASE_MIGRATE));
    }

    @Nullable
    Path tokenFile() {
        return path(Setting.AUTH_TOKEN_FILE);
    }

    /** How long a connection over gRPC takes new calls. */
    Duration connectionAge() {
        return duration(Setting.GRPC_CONNECTION_AGE);
    }

    /** Tells whether the HTTP port speaks TLS, by the files of {@link #tls}. */
    boolean httpIsEncrypted() {
        return ValueParser.flag(text(Setting.HTTP_TLS));
    }

    /** Tells whether nested branches are registered by owners and by those who show a token alone. */
    boolean joinsAreProven() {
        return text(Setting.AUTH_JOIN_TOKENS).equals("require");
    }

    Duration tokensStaleFor() {
        return duration(Setting.AUTH_STALE_FOR);
    }

    /** Null for plaintext. */
    @Nullable
    Tls tls() {
        Path certificate = path(Setting.GRPC_TLS_CERTIFICATE);
        Path key = path(Setting.GRPC_TLS_KEY);
        return certificate == null || key == null
                ? null
                : new Tls(certificate, key, path(Setting.GRPC_TLS_CLIENT_CA), path(Setting.GRPC_TLS_TRUSTED));
    }

    List<ParticipantConfig> participants() {
        return participants;
    }

    List<String> allowedTargets() {
        return list(Setting.TARGETS_ALLOW);
    }

    /** The folder that connectors are loaded from; null = the one beside the jar. */
    @Nullable
    Path connectors() {
        return path(Setting.CONNECTORS_DIRECTORY);
    }

    List<String> allowedNetworks() {
        return list(Setting.TARGETS_NETWORKS);
    }

    private List<String> list(Setting setting) {
        return Stream.of(text(setting).split(",", -1))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .toList();
    }

    Duration lease() {
        return duration(Setting.LEASE);
    }

    Duration drain() {
        return duration(Setting.DRAIN);
    }

    CallPolicy forwardPolicy() {
        return policy(count(Setting.CALLS_FORWARD_ATTEMPTS));
    }

    CallPolicy settlingPolicy() {
        return policy(count(Setting.CALLS_SETTLING_ATTEMPTS));
    }

    CallPolicy notificationPolicy() {
        return policy(count(Setting.CALLS_NOTIFICATION_ATTEMPTS));
    }

    private CallPolicy policy(int attempts) {
        return new CallPolicy(
                duration(Setting.CALLS_TIMEOUT),
                attempts,
                duration(Setting.CALLS_FIRST_BACKOFF),
                duration(Setting.CALLS_MAX_BACKOFF),
                ValueParser.decimal(text(Setting.CALLS_MULTIPLIER)));
    }

    Limits limits() {
        return new Limits(
                ValueParser.bytes(text(Setting.LIMITS_PAYLOAD)),
                ValueParser.bytes(text(Setting.LIMITS_PLAN)),
                count(Setting.LIMITS_BRANCHES),
                count(Setting.LIMITS_LABELS),
                ValueParser.bytes(text(Setting.LIMITS_STORED_RESPONSES)),
                duration(Setting.RETENTION_BARRIER));
    }

    /** How long a transaction goes on without anything that leads on. */
    Patience patience() {
        return new Patience(
                duration(Setting.CALLS_IN_PROGRESS),
                duration(Setting.CALLS_UNREACHABLE),
                duration(Setting.CALLS_MISCONFIGURED),
                count(Setting.LIMITS_TAKEOVERS));
    }

    /** How long a call waits for a connection. */
    Duration connect() {
        return duration(Setting.CALLS_CONNECT);
    }

    /** How the engine behaves. */
    EngineSettings engine(PlanCodec codec) {
        EngineSettings standard = EngineSettings.STANDARD;
        return new EngineSettings(
                count(Setting.LIMITS_OPEN),
                openBytes(),
                perParticipant(),
                duration(Setting.PROGRESS_FLUSH),
                duration(Setting.BEGUN_TIMEOUT),
                standard.pollEvery(),
                lease(),
                standard.claimBatch(),
                limits().planBytes(),
                limits().branches(),
                ValueParser.flag(text(Setting.RETENTION_KEEP_PAYLOADS)),
                codec);
    }

    /** The rest of the heap is for what is on its way: requests, batches, rows being read and calls. */
    long openBytes() {
        String text = text(Setting.LIMITS_OPEN_BYTES);
        return text.isEmpty() ? Runtime.getRuntime().maxMemory() / 5 * 2 : ValueParser.size(text);
    }

    double perParticipant() {
        return ValueParser.decimal(text(Setting.LIMITS_PER_PARTICIPANT));
    }

    ApiLimits terms() {
        return new ApiLimits(
                limits(),
                retention(),
                count(Setting.LIMITS_WAITING),
                count(Setting.LIMITS_QUERIES),
                new Paging(count(Setting.LIMITS_PAGE), count(Setting.LIMITS_MAX_PAGE)),
                ValueParser.flag(text(Setting.APPROVALS_APPROVE_ON_EXPIRY)));
    }

    /** How long finished transactions are kept. */
    Duration retention() {
        return duration(Setting.RETENTION_FINISHED);
    }

    String text(Setting setting) {
        return text(settings, setting);
    }

    private static String text(Settings settings, Setting setting) {
        Given given = settings.values().get(setting);
        return given == null ? setting.standard() : Objects.requireNonNull(given.text());
    }

    int count(Setting setting) {
        return ValueParser.count(text(setting), 0);
    }

    Duration duration(Setting setting) {
        return ValueParser.duration(text(setting));
    }

    @Nullable
    Path path(Setting setting) {
        String text = text(setting);
        return text.isEmpty() ? null : Path.of(text);
    }
}
