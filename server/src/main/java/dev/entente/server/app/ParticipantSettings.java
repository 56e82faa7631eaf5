package dev.entente.server.app;

import dev.entente.core.plan.HttpHeaders;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Broker;
import dev.entente.server.participant.ParticipantConfig.Secret;
import dev.entente.server.participant.ParticipantConfig.Tls;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import dev.entente.server.participant.grpc.Descriptors;
import dev.entente.server.store.StartupFailure;
import io.grpc.Status;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One entry of the table {@code participants}. */
final class ParticipantSettings {
    /** The keys under a participant's name. */
    static final List<String> KEYS = List.of(
            "target",
            "maxInFlight",
            "connections",
            "maxResponse",
            "tokenFile",
            "signingKeyFile",
            "headers",
            "properties",
            "topics",
            "descriptorSet",
            "stream",
            "tls.enabled",
            "tls.trusted",
            "tls.certificate",
            "tls.key",
            "tls.authority");

    private static final Set<String> GRPC_KEYS =
            Set.of("connections", "descriptorSet", "stream", "tls.enabled", "tls.authority");
    private static final Set<String> BROKER_KEYS = Set.of("target", "maxInFlight", "properties", "topics");

    /** The minimum length in characters. */
    static final int SHORTEST_KEY = 16;

    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{0,249}\\*|[A-Za-z0-9._-]{1,249}");
    private static final String KAFKA = "kafka://";
    private static final String OUTCOMES = "outcomes.";

    private final String name;
    private final Map<String, Given> given;
    private final String target;
    private final boolean isHttp;

    private ParticipantSettings(String name, Map<String, Given> given) {
        this.name = name;
        this.given = given;
        refuseBadName();
        this.target = text("target");
        this.isHttp = target.startsWith("http://") || target.startsWith("https://");
        given.forEach((key, value) -> {
            String misplaced = misplaced(key);
            if (misplaced != null) {
                throw bad(key, misplaced);
            }
        });
    }

    static boolean isKey(String key) {
        return KEYS.contains(key) || key.startsWith(OUTCOMES);
    }

    /** @throws StartupFailure ENT-071 */
    static ParticipantConfig read(
            String name, Map<String, Given> given, int standardMaxResponseBytes, boolean standardStream) {
        ParticipantSettings settings = new ParticipantSettings(name, given);
        return ParticipantConfig.plaintext(name, settings.target).with(it -> {
            it.maxInFlight = settings.read("maxInFlight", it.maxInFlight, ParticipantSettings::count);
            if (settings.target.startsWith(KAFKA)) {
                it.broker = settings.broker();
                return;
            }
            it.connections = settings.read("connections", it.connections, ParticipantSettings::count);
            it.maxResponseBytes = settings.read("maxResponse", standardMaxResponseBytes, ValueParser::bytes);
            it.tls = settings.tls();
            it.bearerToken = settings.secret("tokenFile", 0);
            it.descriptorSet = settings.descriptorSet();
            it.signingKey = settings.secret("signingKeyFile", SHORTEST_KEY);
            it.headers = settings.read("headers", it.headers, ParticipantSettings::headers);
            if (settings.isHttp) {
                it.httpOverrides = settings.outcomes(ParticipantSettings::httpStatus);
            } else {
                it.overrides = settings.outcomes(ParticipantSettings::grpcStatus);
                it.streams = settings.read("stream", standardStream, ValueParser::flag);
            }
        });
    }

    private void refuseBadName() {
        try {
            ValueParser.participant(name);
        } catch (IllegalArgumentException bad) {
            String origins =
                    given.values().stream().map(Given::origin).distinct().collect(Collectors.joining(", "));
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE, "participants '" + name + "' (" + origins + "): " + bad.getMessage(), bad);
        }
        if (!given.containsKey("target")) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "participant '" + name + "' has no target; add participants." + name + ".target: host:port");
        }
    }

    /** Returns the reason why a participant with this target never uses the key; null for a valid key. */
    private @Nullable String misplaced(String key) {
        if (target.startsWith(KAFKA)) {
            return BROKER_KEYS.contains(key)
                    ? null
                    : "this setting is for participants that are called; leave it out for a broker";
        }
        if (key.equals("properties") || key.equals("topics")) {
            return "this setting is for brokers, with a target that begins with kafka://; leave it out";
        }
        if (!isHttp) {
            return key.equals("headers")
                    ? "this setting is for participants that are called over HTTP; leave it out"
                    : null;
        }
        if (GRPC_KEYS.contains(key)) {
            return "this setting is for participants that are called over gRPC; leave it out";
        }
        return key.startsWith("tls.") && !target.startsWith("https://")
                ? "TLS over HTTP needs a target that begins with https://"
                : null;
    }

    private String text(String key) {
        Given value = given.get(key);
        return value == null ? "" : value.text();
    }

    private <T> T read(String key, T standard, Function<String, T> parse) {
        try {
            return given.containsKey(key) ? parse.apply(text(key)) : standard;
        } catch (IllegalArgumentException bad) {
            throw bad(key, String.valueOf(bad.getMessage()));
        }
    }

    private StartupFailure bad(String key, String why) {
        Given value = Objects.requireNonNull(given.get(key));
        return new StartupFailure(
                ErrorCode.BAD_VALUE,
                "participants." + name + "." + key + " = '" + value.text() + "' (" + value.origin() + "): " + why);
    }

    private StartupFailure unreadable(String key, Path file, String why, Exception cause) {
        return new StartupFailure(
                ErrorCode.BAD_VALUE,
                "participants." + name + "." + key + " = '" + file + "' cannot be read: " + why,
                cause);
    }

    private static int count(String text) {
        return ValueParser.count(text, 1);
    }

    private @Nullable Path path(String key) {
        return text(key).isEmpty() ? null : read(key, Path.of(""), ValueParser::path);
    }

    private Broker broker() {
        var _ = read("target", List.<String>of(), text -> ValueParser.brokers(text.substring(KAFKA.length())));
        return new Broker("kafka", read("topics", List.of("*"), ParticipantSettings::topics), properties());
    }

    private static List<String> topics(String list) {
        List<String> topics = ValueParser.list(list);
        for (String entry : topics) {
            if (!TOPIC.matcher(entry).matches()) {
                throw new IllegalArgumentException(
                        "'" + entry + "' is not a valid topic, or a prefix with an asterisk such as orders.*");
            }
        }
        return topics;
    }

    private Map<String, String> properties() {
        Path file = path("properties");
        if (file == null) {
            return Map.of();
        }
        Properties read = new Properties();
        try (Reader text = Files.newBufferedReader(file)) {
            read.load(text);
        } catch (IOException | IllegalArgumentException useless) {
            String why = TextFile.reason(useless) + "; write lines such as security.protocol=SSL";
            throw unreadable("properties", file, why, useless);
        }
        return read.stringPropertyNames().stream().collect(Collectors.toMap(Function.identity(), read::getProperty));
    }

    private @Nullable Path descriptorSet() {
        Path file = path("descriptorSet");
        try {
            if (file != null) {
                Descriptors.check(file);
            }
            return file;
        } catch (IOException useless) {
            throw bad(
                    "descriptorSet",
                    "the file cannot be read as a descriptor set (" + TextFile.reason(file, useless)
                            + "); create it with protoc --include_imports --descriptor_set_out");
        }
    }

    private static Set<String> headers(String list) {
        List<String> headers =
                ValueParser.list(list).stream().map(HttpHeaders::plain).toList();
        for (String plain : headers) {
            if (!HttpHeaders.isName(plain)) {
                throw new IllegalArgumentException("'" + plain + "' is not a valid header name");
            }
            if (HttpHeaders.isReserved(plain)) {
                throw new IllegalArgumentException("'" + plain
                        + "' cannot come from a plan, because it belongs to the connection or identifies the caller;"
                        + " leave it out");
            }
        }
        return Set.copyOf(headers);
    }

    private @Nullable Tls tls() {
        boolean isAsked = given.keySet().stream().anyMatch(key -> key.startsWith("tls."));
        if (!isAsked || !read("tls.enabled", true, ValueParser::flag)) {
            return null;
        }
        if ((path("tls.certificate") == null) != (path("tls.key") == null)) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "participants." + name + ".tls.certificate and tls.key belong together; set both, or neither");
        }
        String authority = text("tls.authority");
        return new Tls(
                path("tls.trusted"), path("tls.certificate"), path("tls.key"), authority.isEmpty() ? null : authority);
    }

    private @Nullable Secret secret(String key, int shortest) {
        Path file = path(key);
        if (file == null) {
            return null;
        }
        try {
            String line = TextFile.firstLine(file).strip();
            if (line.length() < shortest) {
                throw bad(
                        key,
                        "its first line has fewer than " + shortest
                                + " characters; create a key with: openssl rand -hex 32");
            }
            return new Secret(line, file);
        } catch (IOException unreadable) {
            throw unreadable(key, file, TextFile.advice(file, unreadable), unreadable);
        }
    }

    private <C extends Comparable<C>> Map<C, Verdict> outcomes(Function<String, C> status) {
        Map<C, Verdict> outcomes = new TreeMap<>();
        for (String key : given.keySet()) {
            if (key.startsWith(OUTCOMES)) {
                try {
                    C code = status.apply(key.substring(OUTCOMES.length()));
                    outcomes.put(code, oneOf(Verdict.class, text(key)));
                } catch (IllegalArgumentException unknown) {
                    throw bad(key, String.valueOf(unknown.getMessage()));
                }
            }
        }
        return outcomes;
    }

    private static Status.Code grpcStatus(String text) {
        return oneOf(Status.Code.class, text);
    }

    private static Integer httpStatus(String text) {
        if (!text.matches("[345][0-9]{2}")) {
            throw new IllegalArgumentException("'" + text + "' is not an HTTP status from 300 to 599");
        }
        return Integer.valueOf(text);
    }

    private static <E extends Enum<E>> E oneOf(Class<E> type, String text) {
        try {
            return Enum.valueOf(type, text.strip().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not one of " + List.of(type.getEnumConstants()), unknown);
        }
    }
}
