package dev.entente.server.app;

import dev.entente.server.api.access.Access;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.console.ConsoleMode;
import dev.entente.server.participant.guard.Network;
import dev.entente.server.store.DatabaseUrl;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A setting of the server, with its parser. This class declares each setting once. The table of {@code
 * docs/configuration.md} is generated from the settings. Participants have a separate table: {@link
 * ParticipantSettings}.
 *
 * @param <T> its value
 * @param key as in the file: {@code grpc.port}
 * @param standard the default, in the form of the file
 * @param parser fails with an IllegalArgumentException that describes the correct format
 */
public record Setting<T extends @Nullable Object>(
        String key, String standard, String meaning, Function<String, T> parser) {
    /** The settings in the order of the table; complete once this class is initialized. */
    private static final Map<String, Setting<?>> BY_KEY = new LinkedHashMap<>();

    public static final Setting<String> NODE = of(
            "node",
            "",
            "name of this coordinator, unique among the coordinators of one database; default: the host name",
            ValueParser::node);
    public static final Setting<InetAddress> GRPC_BIND = of(
            "grpc.bind",
            "127.0.0.1",
            "address that gRPC listens on; beyond loopback only with auth.tokenFile",
            ValueParser::address);
    public static final Setting<Integer> GRPC_PORT = of("grpc.port", "7790", "0: any free port", ValueParser::port);
    static final Setting<String> GRPC_ADVERTISE = of(
            "grpc.advertise",
            "",
            "host:port at which other coordinators reach this coordinator; an IPv6 address needs brackets, and an IPv4"
                    + " address may have brackets; default: the address that gRPC listens on",
            ValueParser::hostPort);
    static final Setting<@Nullable Path> GRPC_TLS_CERTIFICATE = path(
            "grpc.tls.certificate",
            "PEM file with the certificate chain of this coordinator; with `grpc.tls.key`: TLS,"
                    + " otherwise plaintext");
    static final Setting<@Nullable Path> GRPC_TLS_KEY =
            path("grpc.tls.key", "PEM file with the private key of the certificate");
    static final Setting<@Nullable Path> GRPC_TLS_CLIENT_CA = path(
            "grpc.tls.clientCa",
            "PEM file: clients must present a certificate that one of these authorities signed" + " (mutual TLS)");
    static final Setting<@Nullable Path> GRPC_TLS_TRUSTED = path(
            "grpc.tls.trusted",
            "PEM file with the certificates to trust in calls to other coordinators; default: the platform's");
    static final Setting<InetAddress> HTTP_BIND = of(
            "http.bind",
            "127.0.0.1",
            "address that HTTP listens on; beyond loopback only with auth.tokenFile",
            ValueParser::address);
    public static final Setting<Integer> HTTP_PORT = of("http.port", "7789", "0: any free port", ValueParser::port);
    static final Setting<Boolean> HTTP_TLS = flag(
            "http.tls",
            "off",
            "on: HTTPS by the files of `grpc.tls`, and HTTP/2 for clients that request HTTP/2; off: plain HTTP/1.1");
    static final Setting<Boolean> HTTP_API = flag(
            "http.api",
            "on",
            "on: [calls as JSON](cli.md#json-over-http) in addition to /livez, /readyz and /metrics; off: only these"
                    + " paths");
    static final Setting<List<String>> HTTP_HOSTS = of(
            "http.hosts",
            "",
            "host names that calls over HTTP may use, such as the name of a proxy; always allowed: `localhost`, the"
                    + " address itself, the name in `grpc.advertise` and, beyond loopback, the host name",
            ValueParser::hosts);
    static final Setting<List<Network>> HTTP_TRUSTED_PROXIES = of(
            "http.trustedProxies",
            "",
            "trusted proxies for HTTP, by address or network, such as `10.0.0.7,fd00::/8`: their `X-Forwarded-For`"
                    + " names the client, their `X-Forwarded-Proto` shows [whether the client used"
                    + " HTTPS](console.md#behind-a-proxy)",
            text -> Network.all(ValueParser.list(text)));
    static final Setting<String> HTTP_USER_HEADER = of(
            "http.userHeader",
            "",
            "header of the trusted proxies with the name of [the console's user](console.md#users-of-a-proxy), such as"
                    + " `X-Forwarded-User`; needs auth.tokenFile",
            ValueParser::userHeader);
    static final Setting<Map<String, Set<Access>>> HTTP_USER_ROLES = of(
            "http.userRoles",
            "*=viewer",
            "the roles of these users, such as `*=viewer,ann@shop.example=operator`; `*`: users without an entry",
            ValueParser::userRoles);
    static final Setting<ConsoleMode> CONSOLE =
            of("console", "on", "[web pages](console.md) on the HTTP port: off, read-only or on", ValueParser::console);
    public static final Setting<String> DATABASE_URL = of(
            "database.url",
            "jdbc:postgresql://localhost:5432/entente",
            "JDBC URL of a PostgreSQL database, version 15 or later",
            ValueParser::databaseUrl);
    public static final Setting<String> DATABASE_USER = of("database.user", "entente", "database user", text -> text);
    public static final Setting<String> DATABASE_PASSWORD = of(
            "database.password",
            "",
            "database password, in the settings file or the environment; a command-line flag is refused",
            text -> text);
    public static final Setting<@Nullable Path> DATABASE_PASSWORD_FILE = path(
            "database.passwordFile",
            "file with the database password in its first line; read again for each connection");
    static final Setting<Integer> DATABASE_POOL = of(
            "database.pool",
            "8",
            "connections for reads and claims, at least 2, a quarter of them only for claims; about five more"
                    + " connections have other purposes, and up to three serve lists and counts",
            text -> ValueParser.count(text, 2));
    static final Setting<Boolean> DATABASE_REPLICATION = of(
            "database.replication",
            "asynchronous",
            "synchronous: a failover loses no acknowledged commit, so no transaction is parked after a failover",
            ValueParser::isSynchronous);
    public static final Setting<Boolean> DATABASE_MIGRATE =
            flag("database.migrate", "false", "migrate the schema at the start");
    public static final Setting<@Nullable Path> AUTH_TOKEN_FILE = path(
            "auth.tokenFile", "file with bearer tokens, created by `entente token create`; empty: no authentication");
    static final Setting<Boolean> APPROVALS_APPROVE_ON_EXPIRY = flag(
            "approvals.approveOnExpiry",
            "false",
            "a plan may approve a step that has no decision in time (`on_expiry: APPROVE`)");
    static final Setting<List<String>> TARGETS_ALLOW = of(
            "targets.allow",
            "",
            "host:port that plans may call without configuration; `*.shop.internal:*` allows a domain",
            ValueParser::allowedTargets);
    static final Setting<List<String>> TARGETS_NETWORKS = of(
            "targets.networks",
            "",
            "private networks that host names in `targets.allow` may resolve to, such as `10.0.0.0/8,fd00::/8`",
            ValueParser::list);
    static final Setting<@Nullable Path> CONNECTORS_DIRECTORY = path(
            "connectors.directory",
            "folder with the jars of connectors to brokers; empty: `connectors`, in the folder of the coordinator's"
                    + " jar");
    static final Setting<Duration> LEASE = of(
            "lease",
            "10s",
            "time without a heartbeat after which other coordinators take over a coordinator's transactions; equal for"
                    + " all coordinators of a database",
            ValueParser::lease);
    static final Setting<Duration> DRAIN = duration("drain", "30s", "how long a shutdown waits for work in progress");
    static final Setting<Duration> CALLS_TIMEOUT =
            duration("calls.timeout", "30s", "timeout of one attempt, unless the plan sets one");
    static final Setting<Boolean> CALLS_STREAM = flag(
            "calls.stream",
            "on",
            "on: calls go in batches to participants that serve `ParticipantService/Execute`, as participants with the"
                    + " SDK do");
    static final Setting<Integer> CALLS_FORWARD_ATTEMPTS = count(
            "calls.forwardAttempts", "5", "attempts of an action, try or prepare, then the transaction is undone");
    static final Setting<Integer> CALLS_SETTLING_ATTEMPTS = count(
            "calls.settlingAttempts",
            "20",
            "attempts of an undo, a completion or a message's delivery, then the transaction is parked");
    static final Setting<Integer> CALLS_NOTIFICATION_ATTEMPTS =
            count("calls.notificationAttempts", "10", "attempts of a notification, then the notification is given up");
    static final Setting<Duration> CALLS_FIRST_BACKOFF = duration(
            "calls.firstBackoff",
            "1s",
            "pause before the second attempt; the pause doubles with each further attempt, with full jitter");
    static final Setting<Duration> CALLS_MAX_BACKOFF =
            duration("calls.maxBackoff", "5m", "the longest pause between attempts");
    static final Setting<Integer> LIMITS_PAYLOAD =
            bytes("limits.payload", "1MiB", "maximum size of one request or response");
    static final Setting<Integer> LIMITS_PLAN = bytes("limits.plan", "4MiB", "maximum size of one plan");
    static final Setting<Integer> LIMITS_BRANCHES =
            count("limits.branches", "256", "maximum number of branches of one plan");
    static final Setting<Integer> LIMITS_OPEN = count(
            "limits.open",
            "200000",
            "transactions held in memory; further transactions are accepted and processed later");
    static final Setting<Long> LIMITS_OPEN_BYTES = of(
            "limits.openBytes",
            "",
            "maximum size of the requests and stored responses of the transactions held in memory; further"
                    + " transactions are accepted and processed later; default: 40 % of the heap",
            ValueParser::openBytes);
    static final Setting<Duration> RETENTION_FINISHED = of(
            "retention.finished",
            "14d",
            "how long finished transactions are kept, at least 24h",
            ValueParser::retention);
    static final Setting<Boolean> RETENTION_KEEP_PAYLOADS =
            flag("retention.keepPayloads", "false", "finished transactions keep their requests and stored responses");
    static final Setting<Duration> RETENTION_BARRIER =
            duration("retention.barrier", "30d", "how long participants' barriers keep their rows");
    static final Setting<Set<String>> TELEMETRY_DEBUG_GID = of(
            "telemetry.debug.gid",
            "",
            "gids of transactions, at most 16, whose events are [logged](operations.md#logs) at INFO, with the events"
                    + " of their children",
            ValueParser::gids);
    static final Setting<Duration> TELEMETRY_SLOW = duration(
            "telemetry.slow",
            "0s",
            "a transaction that finishes later than this after its acceptance or its start time logs [where the time"
                    + " went](operations.md#logs), such as `30s`; 0s: off");
    static final Setting<String> TELEMETRY_OTLP_ENDPOINT = of(
            "telemetry.otlp.endpoint",
            "",
            "URL of an OTLP receiver over gRPC for [traces](traces.md), such as `http://localhost:4317`; default: by"
                    + " the variables `OTEL_…`; without both: no traces",
            ValueParser::otlpEndpoint);
    static final Setting<@Nullable Double> TELEMETRY_TRACES_RATIO = Setting.<@Nullable Double>of(
            "telemetry.traces.ratio",
            "",
            "share of the recorded traces, from 0 to 1, if the submitter has no trace; default: by the variables"
                    + " `OTEL_…`, otherwise 1",
            ValueParser::ratio);

    private static <T extends @Nullable Object> Setting<T> of(
            String key, String standard, String meaning, Function<String, T> parser) {
        Setting<T> setting = new Setting<>(key, standard, meaning, parser);
        BY_KEY.put(key, setting);
        return setting;
    }

    private static Setting<@Nullable Path> path(String key, String meaning) {
        return Setting.<@Nullable Path>of(key, "", meaning, text -> text.isEmpty() ? null : ValueParser.path(text));
    }

    private static Setting<Duration> duration(String key, String standard, String meaning) {
        return of(key, standard, meaning, ValueParser::duration);
    }

    private static Setting<Boolean> flag(String key, String standard, String meaning) {
        return of(key, standard, meaning, ValueParser::flag);
    }

    private static Setting<Integer> count(String key, String standard, String meaning) {
        return of(key, standard, meaning, text -> ValueParser.count(text, 1));
    }

    private static Setting<Integer> bytes(String key, String standard, String meaning) {
        return of(key, standard, meaning, ValueParser::bytes);
    }

    static Collection<Setting<?>> all() {
        return Collections.unmodifiableCollection(BY_KEY.values());
    }

    static Set<String> keys() {
        return Collections.unmodifiableSet(BY_KEY.keySet());
    }

    /** Returns the environment variable: {@code ENTENTE_GRPC_PORT}, {@code ENTENTE_AUTH_TOKEN_FILE}. */
    String environment() {
        String words = key.replace('.', '_').replaceAll("([a-z])([A-Z])", "$1_$2");
        return "ENTENTE_" + words.toUpperCase(Locale.ROOT);
    }

    T parse(String text) {
        return parser.apply(text);
    }

    /** Returns the mistake in the text, with its origin and the correct format; null for a valid text. */
    @Nullable
    String mistake(Given given) {
        try {
            var _ = parse(given.text());
            return null;
        } catch (IllegalArgumentException bad) {
            return key + " = '" + DatabaseUrl.shown(given.text()) + "' (" + given.origin() + "): " + bad.getMessage();
        }
    }
}
