package dev.entente.server.app;

import dev.entente.core.plan.Limits;
import dev.entente.core.plan.PlanCheck;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.api.ApiLimits;
import dev.entente.server.api.access.ProxyUsers;
import dev.entente.server.api.access.Tls;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.guard.HostPort;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.StartupFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The server's configuration, read and validated, in the form that its parts need. Immutable. */
public final class Configuration {
    private final Settings settings;
    private final FixedTimes times;
    private final boolean takesAnnouncements;
    private final @Nullable Source source;
    private final List<ParticipantConfig> participants;

    /**
     * A file that is read again after a change.
     *
     * @param again reads the file and the other origins; throws {@link StartupFailure}
     */
    public record Source(Path file, Supplier<Configuration> again) {}

    private Configuration(Settings settings, FixedTimes times, boolean takesAnnouncements, @Nullable Source source) {
        this.settings = settings;
        this.times = times;
        this.takesAnnouncements = takesAnnouncements;
        this.source = source;
        List<StartupFailure> mistakes = new ArrayList<>();
        List<IllegalArgumentException> others = new ArrayList<>();
        check(mistakes, others, this::refuseBadValues);
        List<ParticipantConfig> read = new ArrayList<>();
        settings.participants()
                .forEach((name, given) -> check(
                        mistakes,
                        others,
                        () -> read.add(ParticipantSettings.read(
                                name, given, get(Setting.LIMITS_PAYLOAD), get(Setting.CALLS_STREAM)))));
        participants = List.copyOf(read);
        check(mistakes, others, Configuration::refuseLogFormat);
        check(mistakes, others, this::refuseHalfTls);
        check(mistakes, others, this::refuseInvalidPolicies);
        check(mistakes, others, this::refuseOpenBinds);
        check(mistakes, others, this::refuseOpenUserHeader);
        if (!mistakes.isEmpty()) {
            throw all(mistakes);
        }
        if (!others.isEmpty()) {
            throw others.getFirst();
        }
    }

    /**
     * Runs a check and collects its failure.
     *
     * @param others exceptions from checks that read a bad value; {@link #refuseBadValues} reports that value
     */
    private static void check(List<StartupFailure> mistakes, List<IllegalArgumentException> others, Runnable check) {
        try {
            check.run();
        } catch (StartupFailure mistake) {
            mistakes.add(mistake);
        } catch (IllegalArgumentException unread) {
            others.add(unread);
        }
    }

    /** Combines all mistakes in one failure, with the code of the first. */
    private static StartupFailure all(List<StartupFailure> mistakes) {
        StartupFailure first = mistakes.getFirst();
        String text = mistakes.stream()
                .map(mistake -> String.valueOf(mistake.getMessage()))
                .collect(Collectors.joining("; "))
                .replace(first.code().id() + ": ", "");
        return mistakes.size() == 1 ? first : new StartupFailure(first.code(), text);
    }

    /** @throws StartupFailure ENT-071 or ENT-075, with all mistakes */
    public static Configuration of(Settings settings) {
        return of(settings, FixedTimes.STANDARD);
    }

    static Configuration of(Settings settings, FixedTimes times) {
        return new Configuration(settings, times, false, null);
    }

    /** Returns a configuration whose participants a running coordinator replaces after a change of a file. */
    public Configuration from(Source file) {
        return new Configuration(settings, times, takesAnnouncements, file);
    }

    /** Returns null if no file is read again. */
    @Nullable
    Source source() {
        return source;
    }

    /** Returns this configuration with the participants of another. The defaults remain the settings of this one. */
    Configuration withParticipantsOf(Configuration other) {
        return of(new Settings(settings.values(), other.settings.participants()), times);
    }

    /** Returns the settings of each participant, by its name and by key. */
    Map<String, Map<String, Given>> participantSettings() {
        return settings.participants();
    }

    /** Returns the keys of settings with another value than in the other configuration, without participants. */
    List<String> keysUnlike(Configuration other) {
        return Setting.all().stream()
                .filter(setting -> !text(setting).equals(other.text(setting)))
                .map(Setting::key)
                .toList();
    }

    /** Returns a configuration that accepts announcements of participants on the same machine. For development. */
    public Configuration takingAnnouncements() {
        return new Configuration(settings, times, true, source);
    }

    <T extends @Nullable Object> T get(Setting<T> setting) {
        return setting.parse(text(setting));
    }

    private String text(Setting<?> setting) {
        Given given = settings.values().get(setting.key());
        return given == null ? setting.standard() : given.text();
    }

    FixedTimes times() {
        return times;
    }

    boolean takesAnnouncements() {
        return takesAnnouncements;
    }

    List<ParticipantConfig> participants() {
        return participants;
    }

    String node() {
        String node = get(Setting.NODE);
        return node.isEmpty() ? hostName() : node;
    }

    private static String hostName() {
        return localHost().getHostName();
    }

    private static InetAddress localHost() {
        try {
            return InetAddress.getLocalHost();
        } catch (UnknownHostException unnamed) {
            return InetAddress.getLoopbackAddress();
        }
    }

    InetSocketAddress grpc() {
        return new InetSocketAddress(get(Setting.GRPC_BIND), get(Setting.GRPC_PORT));
    }

    InetSocketAddress http() {
        return new InetSocketAddress(get(Setting.HTTP_BIND), get(Setting.HTTP_PORT));
    }

    /** Returns the allowed Host names of calls over HTTP, besides loopback and the connection's own address. */
    Set<String> hosts() {
        Set<String> hosts = new HashSet<>(get(Setting.HTTP_HOSTS));
        String advertised = get(Setting.GRPC_ADVERTISE);
        if (!advertised.isEmpty()) {
            hosts.add(advertised.substring(0, advertised.lastIndexOf(':')));
        }
        if (!get(Setting.HTTP_BIND).isLoopbackAddress()) {
            hosts.add(hostName());
        }
        return hosts;
    }

    /** Returns the address at which other coordinators reach this coordinator, for its actual port. */
    String advertised(int port) {
        String advertised = get(Setting.GRPC_ADVERTISE);
        if (!advertised.isEmpty()) {
            return advertised;
        }
        InetAddress bound = get(Setting.GRPC_BIND);
        if (bound.isAnyLocalAddress() && new HostPort(hostName(), port).isPlain()) {
            return hostName() + ":" + port;
        }
        String host = (bound.isAnyLocalAddress() ? localHost() : bound).getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    public DatabaseSettings database() {
        return new DatabaseSettings(
                get(Setting.DATABASE_URL),
                get(Setting.DATABASE_USER),
                password(),
                get(Setting.DATABASE_POOL),
                get(Setting.DATABASE_REPLICATION),
                times.database());
    }

    /** Returns the password, or reads the file for each connection, because passwords are replaced at run time. */
    private Supplier<String> password() {
        Path file = get(Setting.DATABASE_PASSWORD_FILE);
        if (file == null) {
            String given = get(Setting.DATABASE_PASSWORD);
            return () -> given;
        }
        AtomicReference<String> last = new AtomicReference<>(firstPassword(file));
        return () -> {
            try {
                String next = Files.isRegularFile(file) ? TextFile.firstLine(file) : ""; // a pipe is read once
                last.updateAndGet(known -> next.isEmpty() ? known : next);
            } catch (IOException unreadable) {
                // The file is being replaced: the last password is used.
            }
            return last.get();
        };
    }

    private static String firstPassword(Path file) {
        try {
            return TextFile.firstLine(file);
        } catch (IOException unreadable) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "database.passwordFile = '" + file + "' cannot be read: " + TextFile.advice(file, unreadable),
                    unreadable);
        }
    }

    ProxyUsers proxyUsers() {
        return new ProxyUsers(get(Setting.HTTP_USER_HEADER), get(Setting.HTTP_USER_ROLES));
    }

    /** Returns null for plaintext. */
    @Nullable
    Tls tls() {
        Path certificate = get(Setting.GRPC_TLS_CERTIFICATE);
        Path key = get(Setting.GRPC_TLS_KEY);
        return certificate == null || key == null
                ? null
                : new Tls(certificate, key, get(Setting.GRPC_TLS_CLIENT_CA), get(Setting.GRPC_TLS_TRUSTED));
    }

    /** Returns the codec of stored plans, with these call policies as defaults. */
    PlanCodec codec() {
        return new PlanCodec(
                calls(Setting.CALLS_FORWARD_ATTEMPTS),
                calls(Setting.CALLS_SETTLING_ATTEMPTS),
                calls(Setting.CALLS_NOTIFICATION_ATTEMPTS));
    }

    CallPolicy calls(Setting<Integer> attempts) {
        return new CallPolicy(
                get(Setting.CALLS_TIMEOUT),
                get(attempts),
                get(Setting.CALLS_FIRST_BACKOFF),
                get(Setting.CALLS_MAX_BACKOFF),
                CallPolicy.MULTIPLIER);
    }

    /** Returns the settings of the engine. */
    EngineSettings engine(PlanCodec codec) {
        EngineSettings standard = EngineSettings.STANDARD;
        return new EngineSettings(
                get(Setting.LIMITS_OPEN),
                get(Setting.LIMITS_OPEN_BYTES),
                standard.perParticipant(),
                standard.flushAfter(),
                standard.begunTimeout(),
                standard.pollEvery(),
                get(Setting.LEASE),
                standard.claimBatch(),
                get(Setting.LIMITS_PLAN),
                get(Setting.LIMITS_BRANCHES),
                get(Setting.RETENTION_KEEP_PAYLOADS),
                codec);
    }

    ApiLimits limits() {
        return new ApiLimits(
                new Limits(
                        get(Setting.LIMITS_PAYLOAD),
                        get(Setting.LIMITS_PLAN),
                        get(Setting.LIMITS_BRANCHES),
                        Limits.LABELS,
                        Limits.STORED_RESPONSE_BYTES,
                        get(Setting.RETENTION_BARRIER)),
                get(Setting.RETENTION_FINISHED),
                get(Setting.APPROVALS_APPROVE_ON_EXPIRY));
    }

    private void refuseBadValues() {
        List<String> mistakes = new ArrayList<>();
        for (Setting<?> setting : Setting.all()) {
            Given given = settings.values().get(setting.key());
            String mistake = given == null ? null : setting.mistake(given);
            if (mistake != null) {
                mistakes.add(mistake);
            }
        }
        refuse(!mistakes.isEmpty(), ErrorCode.BAD_VALUE, String.join("; ", mistakes));
    }

    private static void refuse(boolean isWrong, ErrorCode code, String message) {
        if (isWrong) {
            throw new StartupFailure(code, message);
        }
    }

    /** Checks the variable that logback.xml reads. */
    private static void refuseLogFormat() {
        String variable = System.getenv().getOrDefault("ENTENTE_LOG_FORMAT", "text");
        String format = System.getProperty("ENTENTE_LOG_FORMAT", variable);
        refuse(
                !format.equals("text") && !format.equals("json"),
                ErrorCode.BAD_VALUE,
                "ENTENTE_LOG_FORMAT = '" + format + "' (environment): write one of: text, json");
    }

    private void refuseOpenBinds() {
        for (Setting<InetAddress> bind : List.of(Setting.GRPC_BIND, Setting.HTTP_BIND)) {
            refuse(
                    !get(bind).isLoopbackAddress() && get(Setting.AUTH_TOKEN_FILE) == null,
                    ErrorCode.OPEN_BIND,
                    bind.key() + " = '" + text(bind)
                            + "' can be reached from other machines, without authentication; set auth.tokenFile (see"
                            + " `entente token create`), or bind to 127.0.0.1");
        }
    }

    /** Refuses a header that each client could send, and a header beside clients without authentication. */
    private void refuseOpenUserHeader() {
        for (Setting<?> needed : List.of(Setting.HTTP_TRUSTED_PROXIES, Setting.AUTH_TOKEN_FILE)) {
            refuse(
                    !get(Setting.HTTP_USER_HEADER).isEmpty() && text(needed).isBlank(),
                    ErrorCode.BAD_VALUE,
                    "http.userHeader is set, but " + needed.key() + " is not; set " + needed.key() + ", too");
        }
    }

    private void refuseHalfTls() {
        boolean hasCertificate = get(Setting.GRPC_TLS_CERTIFICATE) != null;
        refuse(
                hasCertificate != (get(Setting.GRPC_TLS_KEY) != null),
                ErrorCode.BAD_VALUE,
                hasCertificate
                        ? "grpc.tls.certificate is set, but grpc.tls.key is not; set both, or neither"
                        : "grpc.tls.key is set, but grpc.tls.certificate is not; set both, or neither");
        for (Setting<@Nullable Path> more : List.of(Setting.GRPC_TLS_CLIENT_CA, Setting.GRPC_TLS_TRUSTED)) {
            refuse(
                    get(more) != null && !hasCertificate,
                    ErrorCode.BAD_VALUE,
                    more.key() + " is set, but the server uses plaintext; set grpc.tls.certificate and grpc.tls.key,"
                            + " too");
        }
        refuse(
                get(Setting.HTTP_TLS) && !hasCertificate,
                ErrorCode.BAD_VALUE,
                "http.tls is on, but there is no certificate; set grpc.tls.certificate and grpc.tls.key, too");
    }

    /** Refuses unusable defaults, because each plan without its own call policy would be refused. */
    private void refuseInvalidPolicies() {
        for (Setting<Integer> attempts : List.of(
                Setting.CALLS_FORWARD_ATTEMPTS, Setting.CALLS_SETTLING_ATTEMPTS, Setting.CALLS_NOTIFICATION_ATTEMPTS)) {
            CallPolicy policy = calls(attempts);
            refuse(!PlanCheck.isValid(policy), ErrorCode.BAD_VALUE, "calls: " + PlanCheck.policyError(policy));
        }
    }
}
