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
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    private static final List<String> GRPC_KEYS =
            List.of("connections", "descriptorSet", "stream", "tls.enabled", "tls.authority");

    /** Characters. */
    static final int SHORTEST_KEY = 16;

    /** The keys of a broker; all others are for those that are called. */
    private static final Set<String> BROKER_KEYS = Set.of("target", "maxInFlight", "properties", "topics");

    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{0,249}\\*|[A-Za-z0-9._-]{1,249}");
    private static final String KAFKA = "kafka://";
    private static final String OUTCOMES = "outcomes.";
    private final String name;
    private final Map<String, Given> given;

    private ParticipantSettings(String name, Map<String, Given> given) {
        this.name = name;
        this.given = given;
    }

    static boolean isKey(String key) {
        return KEYS.contains(key) || key.startsWith(OUTCOMES);
    }

    /** @throws StartupFailure ENT-071 */
    static ParticipantConfig read(
            String name, Map<String, Given> given, int standardMaxResponseBytes, boolean standardStream) {
        ParticipantSettings settings = new ParticipantSettings(name, given);
        settings.refuseBadName();
        if (!given.containsKey("target")) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "participant '" + name + "' has no target; add participants." + name + ".target: host:port",
                    null);
        }
        String target = settings.read("target", "", text -> text);
        if (target.startsWith(KAFKA)) {
            return settings.broker(target);
        }
        settings.refuseBrokerKeys();
        boolean isHttp = target.startsWith("http://") || target.startsWith("https://");
        if (isHttp) {
            settings.refuseGrpcKeys(target.startsWith("https://"));
        }
        return new ParticipantConfig(
                name,
                target,
                settings.read("maxInFlight", "" + ParticipantConfig.MAX_IN_FLIGHT, text -> ValueParser.count(text, 1)),
                settings.read("connections", "1", text -> ValueParser.count(text, 1)),
                settings.read("maxResponse", "" + standardMaxResponseBytes, ValueParser::bytes),
                isHttp ? Map.of() : settings.outcomes(),
                settings.tls(),
                settings.secret("tokenFile"),
                settings.descriptorSet(),
                !isHttp && settings.read("stream", standardStream ? "on" : "off", ValueParser::flag),
                isHttp ? settings.httpOutcomes() : Map.of(),
                settings.signingKey(),
                isHttp ? settings.read("headers", "", ParticipantSettings::headers) : settings.noHeaders(),
                null);
    }

    private ParticipantConfig broker(String target) {
        given.forEach((key, value) -> {
            if (!BROKER_KEYS.contains(key)) {
                throw bad(key, value, "this is for participants that are called; leave it out for a broker");
            }
        });
        read("target", "", text -> ValueParser.brokers(text.substring(KAFKA.length())));
        List<String> topics = read("topics", "*", ParticipantSettings::topics);
        return ParticipantConfig.plaintext(name, target)
                .withMaxInFlight(
                        read("maxInFlight", "" + ParticipantConfig.MAX_IN_FLIGHT, text -> ValueParser.count(text, 1)))
                .withBroker(new Broker("kafka", topics, properties()));
    }

    private void refuseBrokerKeys() {
        for (String key : List.of("properties", "topics")) {
            Given value = given.get(key);
            if (value != null) {
                throw bad(key, value, "this is for brokers, whose target begins with kafka://; leave it out");
            }
        }
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
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "participants." + name + ".properties = '" + file + "' cannot be read: " + TextFile.reason(useless)
                            + "; write lines such as security.protocol=SSL",
                    useless);
        }
        return read.stringPropertyNames().stream().collect(Collectors.toMap(Function.identity(), read::getProperty));
    }

    private static List<String> topics(String list) {
        List<String> topics = Stream.of(list.split(",", -1))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .toList();
        topics.stream()
                .filter(entry -> !TOPIC.matcher(entry).matches())
                .findFirst()
                .ifPresent(entry -> {
                    throw new IllegalArgumentException(
                            "'" + entry + "' is no topic, nor the beginning of one with an asterisk such as orders.*");
                });
        return topics;
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
    }

    private @Nullable Path descriptorSet() {
        Path file = path("descriptorSet");
        if (file == null) {
            return null;
        }
        try {
            Descriptors.check(file);
            return file;
        } catch (IOException useless) {
            throw bad(
                    "descriptorSet",
                    given.getOrDefault("descriptorSet", new Given("", "")),
                    "it cannot be read as a descriptor set (" + TextFile.reason(file, useless)
                            + "); make it with protoc --include_imports --descriptor_set_out");
        }
    }

    /** Refuses settings of gRPC participants for one that is called over HTTP, where they would never be used. */
    private void refuseGrpcKeys(boolean isEncrypted) {
        given.forEach((key, value) -> {
            if (GRPC_KEYS.contains(key)) {
                throw bad(key, value, "this is for participants that are called over gRPC; leave it out");
            }
            if (key.startsWith("tls.") && !isEncrypted) {
                throw bad(key, value, "TLS over HTTP needs a target that begins with https://");
            }
        });
    }

    private <T> T read(String key, String standard, Function<String, T> parse) {
        Given value = given.getOrDefault(key, new Given(standard, "default"));
        try {
            return parse.apply(value.text());
        } catch (IllegalArgumentException bad) {
            throw bad(key, value, String.valueOf(bad.getMessage()));
        }
    }

    private StartupFailure bad(String key, Given value, String why) {
        return new StartupFailure(
                ErrorCode.BAD_VALUE,
                "participants." + name + "." + key + " = '" + value.text() + "' (" + value.origin() + "): " + why,
                null);
    }

    private static Set<String> headers(String list) {
        Set<String> headers = new TreeSet<>();
        for (String name : list.split(",", -1)) {
            String plain = HttpHeaders.plain(name.strip());
            if (!plain.isEmpty() && !HttpHeaders.isName(plain)) {
                throw new IllegalArgumentException("'" + plain + "' is no name of a header");
            }
            if (HttpHeaders.isReserved(plain)) {
                throw new IllegalArgumentException("'" + plain
                        + "' is never taken from a plan: it is the connection's, or says who calls; leave it out");
            }
            if (!plain.isEmpty()) {
                headers.add(plain);
            }
        }
        return headers;
    }

    private Set<String> noHeaders() {
        Given value = given.get("headers");
        if (value != null) {
            throw bad("headers", value, "this is for participants that are called over HTTP; leave it out");
        }
        return Set.of();
    }

    private @Nullable Path path(String key) {
        Given value = given.get(key);
        return value == null || value.text().isEmpty() ? null : Path.of(value.text());
    }

    private @Nullable Tls tls() {
        boolean isAsked = given.keySet().stream().anyMatch(key -> key.startsWith("tls."));
        if (!isAsked || !read("tls.enabled", "true", ValueParser::flag)) {
            return null;
        }
        if ((path("tls.certificate") == null) != (path("tls.key") == null)) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "participants." + name + ".tls.certificate and tls.key belong together; set both, or neither",
                    null);
        }
        String authority = read("tls.authority", "", text -> text);
        return new Tls(
                path("tls.trusted"), path("tls.certificate"), path("tls.key"), authority.isEmpty() ? null : authority);
    }

    private @Nullable Secret signingKey() {
        Secret key = secret("signingKeyFile");
        if (key != null && key.value().length() < SHORTEST_KEY) {
            throw bad(
                    "signingKeyFile",
                    given.getOrDefault("signingKeyFile", new Given("", "")),
                    "its first line has fewer than " + SHORTEST_KEY
                            + " characters; make one with: openssl rand -hex 32");
        }
        return key;
    }

    private @Nullable Secret secret(String name) {
        Path file = path(name);
        if (file == null) {
            return null;
        }
        try {
            return new Secret(TextFile.firstLine(file).strip(), file);
        } catch (IOException unreadable) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "participants." + this.name + "." + name + " = '" + file + "' cannot be read: "
                            + TextFile.reason(file, unreadable) + "; check the path",
                    unreadable);
        }
    }

    private Map<Status.Code, Verdict> outcomes() {
        Map<Status.Code, Verdict> outcomes = new EnumMap<>(Status.Code.class);
        given.forEach((key, value) -> {
            if (key.startsWith(OUTCOMES)) {
                Status.Code code = one(key, value, key.substring(OUTCOMES.length()), Status.Code.class);
                outcomes.put(code, one(key, value, value.text(), Verdict.class));
            }
        });
        return outcomes;
    }

    private Map<Integer, Verdict> httpOutcomes() {
        Map<Integer, Verdict> outcomes = new TreeMap<>();
        given.forEach((key, value) -> {
            if (key.startsWith(OUTCOMES)) {
                String status = key.substring(OUTCOMES.length());
                if (!status.matches("[345][0-9]{2}")) {
                    throw bad(key, value, "'" + status + "' is no HTTP status from 300 to 599");
                }
                outcomes.put(Integer.valueOf(status), one(key, value, value.text(), Verdict.class));
            }
        });
        return outcomes;
    }

    private <E extends Enum<E>> E one(String key, Given value, String text, Class<E> type) {
        try {
            return Enum.valueOf(type, text.strip().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw bad(key, value, "'" + text + "' is none of " + List.of(type.getEnumConstants()));
        }
    }
}
