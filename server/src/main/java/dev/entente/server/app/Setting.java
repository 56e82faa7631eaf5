package dev.entente.server.app;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of the server, once: its key in the file, its default, and what it means. {@code docs/configuration.md}
 * has a row for each. Participants are no settings but a table of their own: {@link ParticipantSettings}.
 */
public enum Setting {
    NODE("node", Kind.NODE, "", "this coordinator's name among those on one database; default: the host's name"),
    GRPC_BIND(
            "grpc.bind",
            Kind.TEXT,
            "127.0.0.1",
            "address that gRPC listens on; beyond loopback only with auth.tokenFile"),
    GRPC_PORT("grpc.port", Kind.PORT, "7790", "0: any free port"),
    GRPC_ADVERTISE(
            "grpc.advertise",
            Kind.HOST_PORT,
            "",
            "host:port at which other coordinators reach this one; default: what it listens on"),
    GRPC_THREADS(
            "grpc.threads",
            Kind.COUNT_OR_ZERO,
            "0",
            "event loops for server and calls; 0: one for every two processors"),
    GRPC_CONNECTION_AGE(
            "grpc.connectionAge",
            Kind.DURATION,
            "12h",
            "after so long, a tenth more or less, a connection takes no new call; clients open another one"),
    GRPC_TLS_CERTIFICATE(
            "grpc.tls.certificate",
            Kind.PATH,
            "",
            "PEM file with this coordinator's chain; with `grpc.tls.key`: TLS, else plaintext"),
    GRPC_TLS_KEY("grpc.tls.key", Kind.PATH, "", "PEM file with its private key"),
    GRPC_TLS_CLIENT_CA(
            "grpc.tls.clientCa",
            Kind.PATH,
            "",
            "PEM file: clients must show a certificate that one of these signed (mutual TLS)"),
    GRPC_TLS_TRUSTED(
            "grpc.tls.trusted",
            Kind.PATH,
            "",
            "PEM file with the certificates to trust when asking other coordinators; default: the platform's"),
    HTTP_BIND("http.bind", Kind.TEXT, "127.0.0.1", "address that /livez, /readyz and /metrics listen on"),
    HTTP_PORT("http.port", Kind.PORT, "7789", "0: any free port"),
    HTTP_TLS(
            "http.tls",
            Kind.FLAG,
            "off",
            "on: HTTPS by the files of `grpc.tls`, and HTTP/2 for those who ask for it; off: plain HTTP/1.1"),
    DATABASE_URL(
            "database.url", Kind.TEXT, "jdbc:postgresql://localhost:5432/entente", "JDBC URL of a PostgreSQL ≥ 15"),
    DATABASE_USER("database.user", Kind.TEXT, "entente", "its user"),
    DATABASE_PASSWORD(
            "database.password", Kind.SECRET, "", "its password, by the file or the environment; a flag is refused"),
    DATABASE_PASSWORD_FILE("database.passwordFile", Kind.PATH, "", "file with the password in its first line"),
    DATABASE_POOL(
            "database.pool",
            Kind.AT_LEAST_TWO,
            "8",
            "connections for reads, claims and lists, at least 2, a quarter of them for claims alone; about five more"
                    + " have jobs of their own"),
    DATABASE_PATIENCE(
            "database.patience",
            Kind.DURATION,
            "2s",
            "how long a request waits for a database that does not answer, or does not take it; what is under way"
                    + " waits for as long as it takes"),
    DATABASE_REPLICATION(
            "database.replication",
            "asynchronous",
            "synchronous: a failover loses no acknowledged commit, so nothing is parked after one",
            "asynchronous",
            "synchronous"),
    DATABASE_MIGRATE("database.migrate", Kind.FLAG, "false", "bring the schema up to date at the start"),
    AUTH_TOKEN_FILE(
            "auth.tokenFile", Kind.PATH, "", "bearer tokens, made by `entente token create`; empty: no authentication"),
    AUTH_JOIN_TOKENS(
            "auth.joinTokens",
            "require",
            "warn: whoever is no owner and shows no `entente-join` may register nested branches all the same",
            "require",
            "warn"),
    AUTH_STALE_FOR(
            "auth.staleFor",
            Kind.DURATION,
            "60s",
            "how long a damaged token file leaves the tokens read before in force; a missing one 5 s at most"),
    APPROVALS_APPROVE_ON_EXPIRY(
            "approvals.approveOnExpiry",
            Kind.FLAG,
            "false",
            "a plan may say that an approval which nobody answers in time is a yes (`on_expiry: APPROVE`)"),
    TARGETS_ALLOW(
            "targets.allow",
            Kind.ALLOWED_TARGETS,
            "",
            "host:port that plans may name directly; `*.shop.internal:*` allows a domain"),
    TARGETS_NETWORKS(
            "targets.networks",
            Kind.LIST,
            "",
            "private networks that names among `targets.allow` may lead to, such as `10.0.0.0/8,fd00::/8`"),
    CONNECTORS_DIRECTORY(
            "connectors.directory",
            Kind.PATH,
            "",
            "a folder with the jars of connectors to brokers; empty: `connectors`, beside the coordinator's jar"),
    LEASE(
            "lease",
            Kind.DURATION,
            "10s",
            "after so long without a sign of life a coordinator's transactions go to another"),
    DRAIN("drain", Kind.DURATION, "30s", "how long a shutdown waits for what is under way"),
    PROGRESS_FLUSH(
            "progress.flush", Kind.DURATION, "250ms", "how long progress that nothing depends on may stay in memory"),
    BEGUN_TIMEOUT(
            "begun.timeout",
            Kind.DURATION,
            "60s",
            "after so long a transaction that its client never decided is undone"),
    CALLS_TIMEOUT("calls.timeout", Kind.DURATION, "30s", "of one attempt, where the plan says nothing"),
    CALLS_CONNECT(
            "calls.connect",
            Kind.DURATION,
            "10s",
            "how long a call waits for a connection (name, connect, TLS); then it is not sent, which is no attempt"),
    CALLS_UNREACHABLE(
            "calls.unreachable",
            Kind.DURATION,
            "10m",
            "of one operation's unbroken `not sent` for want of a connection, then it counts as one attempt without an"
                    + " answer"),
    CALLS_STREAM(
            "calls.stream",
            Kind.FLAG,
            "on",
            "on: calls go in batches to participants that serve `ParticipantService/Execute`, as the SDK's do"),
    CALLS_FORWARD_ATTEMPTS("calls.forwardAttempts", Kind.COUNT, "5", "of an action or try, then it is undone"),
    CALLS_SETTLING_ATTEMPTS(
            "calls.settlingAttempts", Kind.COUNT, "20", "of a compensate, confirm or cancel, then it is parked"),
    CALLS_NOTIFICATION_ATTEMPTS(
            "calls.notificationAttempts", Kind.COUNT, "10", "of a notification, then it is given up"),
    CALLS_FIRST_BACKOFF("calls.firstBackoff", Kind.DURATION, "1s", "before the second attempt"),
    CALLS_MAX_BACKOFF("calls.maxBackoff", Kind.DURATION, "5m", "the longest pause between attempts"),
    CALLS_MULTIPLIER("calls.multiplier", Kind.DECIMAL, "2.0", "growth of the pause per attempt; jitter is always full"),
    CALLS_IN_PROGRESS(
            "calls.inProgress",
            Kind.DURATION,
            "10m",
            "of one operation's unbroken `in progress`, then it counts as one attempt without an answer"),
    CALLS_MISCONFIGURED(
            "calls.misconfigured",
            Kind.DURATION,
            "1m",
            "of one operation's unbroken `misconfigured` that may pass, then it parks"),
    LIMITS_TAKEOVERS(
            "limits.takeovers",
            Kind.COUNT,
            "5",
            "of one transaction without progress; with one more it is parked, for it may be what kills its"
                    + " coordinators"),
    LIMITS_PAYLOAD("limits.payload", Kind.BYTES, "1MiB", "of one request or response"),
    LIMITS_PLAN("limits.plan", Kind.BYTES, "4MiB", "of one plan"),
    LIMITS_BRANCHES("limits.branches", Kind.COUNT, "256", "of one plan"),
    LIMITS_LABELS("limits.labels", Kind.COUNT, "16", "of one plan"),
    LIMITS_STORED_RESPONSES("limits.storedResponses", Kind.BYTES, "64MiB", "that one transaction may have to keep"),
    LIMITS_OPEN(
            "limits.open", Kind.COUNT, "200000", "transactions held in memory; more are accepted and taken up later"),
    LIMITS_OPEN_BYTES(
            "limits.openBytes",
            Kind.SIZE,
            "",
            "requests and stored responses of the transactions held in memory; what comes beyond is accepted and taken"
                    + " up later; default: 40 % of the heap"),
    LIMITS_PER_PARTICIPANT(
            "limits.perParticipant",
            Kind.DECIMAL,
            "0.5",
            "the share of `limits.open`, of `limits.openBytes` and of a claim that transactions which wait on one"
                + " participant may have while others need room; the others of them rest in the table; more than 0, at"
                + " most 1"),
    LIMITS_WAITING("limits.waiting", Kind.COUNT, "20000", "clients that wait or watch at one time"),
    LIMITS_QUERIES(
            "limits.queries",
            Kind.COUNT,
            "64",
            "lists and counts under way at one time, but never more than half of `database.pool`: what is beyond waits"
                    + " for `database.patience`; beside them as many JSON translations and acts on many"),
    LIMITS_PAGE("limits.page", Kind.COUNT, "50", "rows of a list where nothing is said"),
    LIMITS_MAX_PAGE("limits.maxPage", Kind.COUNT, "500", "rows of a list, whatever is asked for"),
    RETENTION_FINISHED(
            "retention.finished", Kind.DURATION, "14d", "how long finished transactions are kept, at least 24h"),
    RETENTION_KEEP_PAYLOADS(
            "retention.keepPayloads",
            Kind.FLAG,
            "false",
            "finished transactions keep their requests, and the responses that were stored"),
    RETENTION_BARRIER("retention.barrier", Kind.DURATION, "30d", "how long participants' barriers keep their rows");

    /** How a value is written. */
    enum Kind {
        TEXT,
        SECRET,
        PATH,
        LIST,
        NODE,
        HOST_PORT,
        ALLOWED_TARGETS,
        PORT,
        COUNT,
        COUNT_OR_ZERO,
        AT_LEAST_TWO,
        BYTES,
        SIZE,
        DECIMAL,
        FLAG,
        DURATION,
        CHOICE
    }

    private final String key;
    private final Kind kind;
    private final String standard;
    private final String meaning;

    @SuppressWarnings("ImmutableEnumChecker") // only ever List.of
    private final List<String> choices;

    Setting(String key, Kind kind, String standard, String meaning) {
        this(key, kind, standard, meaning, List.of());
    }

    Setting(String key, String standard, String meaning, String... choices) {
        this(key, Kind.CHOICE, standard, meaning, List.of(choices));
    }

    Setting(String key, Kind kind, String standard, String meaning, List<String> choices) {
        this.key = key;
        this.kind = kind;
        this.standard = standard;
        this.meaning = meaning;
        this.choices = choices;
    }

    /** As in the file: {@code grpc.port}. */
    public String key() {
        return key;
    }

    /** As in the environment: {@code ENTENTE_GRPC_PORT}, {@code ENTENTE_AUTH_TOKEN_FILE}. */
    String environment() {
        String words = key.replace('.', '_').replaceAll("([a-z])([A-Z])", "$1_$2");
        return "ENTENTE_" + words.toUpperCase(Locale.ROOT);
    }

    Kind kind() {
        return kind;
    }

    /** Its default, as it would be written. */
    String standard() {
        return standard;
    }

    String meaning() {
        return meaning;
    }

    List<String> choices() {
        return choices;
    }

    static @Nullable Setting of(String key) {
        for (Setting setting : values()) {
            if (setting.key.equals(key)) {
                return setting;
            }
        }
        return null;
    }
}
