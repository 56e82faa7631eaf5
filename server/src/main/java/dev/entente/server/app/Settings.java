package dev.entente.server.app;

import dev.entente.core.plan.Nearest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.store.StartupFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configured settings as text: flag before environment before file before default.
 *
 * @param values of the configured settings, by key
 * @param participants by name, then by key: {@code target}, {@code outcomes.ABORTED}
 */
public record Settings(Map<String, Given> values, Map<String, Map<String, Given>> participants) {
    private static final String PARTICIPANTS = "participants";
    private static final String PARTICIPANTS_VARIABLE = "ENTENTE_PARTICIPANTS";
    private static final String PREFIX = "ENTENTE_";

    /** The variables of participants, the command line, the log, the launcher and the build. */
    private static final List<String> OTHER_VARIABLES = List.of(
            PARTICIPANTS_VARIABLE,
            "ENTENTE_TARGET",
            "ENTENTE_TOKEN",
            "ENTENTE_CA",
            "ENTENTE_JDBC_DRIVER",
            "ENTENTE_JDBC_PASSWORD",
            "ENTENTE_LOG_FORMAT",
            "ENTENTE_LOG_LEVEL",
            "ENTENTE_JVM_ARGS",
            "ENTENTE_NO_BUILD",
            "ENTENTE_REQUIRE",
            "ENTENTE_TLC_JAR");

    /**
     * A value and its origin.
     *
     * @param origin for users: {@code --grpc-port}, {@code ENTENTE_GRPC_PORT}, {@code entente.yaml}
     */
    public record Given(String text, String origin) {}

    /**
     * Gathers the settings of all origins.
     *
     * @param file null for none
     * @param flags by key; may contain {@code participants.stock.target}
     * @throws StartupFailure ENT-070 or ENT-071, with all mistakes
     */
    public static Settings gather(@Nullable Path file, Map<String, String> environment, Map<String, Given> flags) {
        Map<String, Given> flat = file == null ? new TreeMap<>() : SettingsFile.read(file);
        flat.putAll(variables(environment));
        flags.forEach((key, given) -> flat.put(wholeKey(key), given));
        return sorted(flat, environment);
    }

    private static Map<String, Given> variables(Map<String, String> environment) {
        Map<String, Given> settings = new TreeMap<>();
        for (Setting<?> setting : Setting.all()) {
            String text = environment.get(setting.environment());
            if (text != null) {
                settings.put(setting.key(), new Given(text, setting.environment()));
            }
        }
        String named = environment.get(PARTICIPANTS_VARIABLE);
        if (named != null && !named.isBlank()) {
            settings.putAll(participants(named, PARTICIPANTS_VARIABLE));
        }
        return settings;
    }

    /** Returns the names of all supported environment variables. */
    static Set<String> knownVariables() {
        Stream<String> settings = Setting.all().stream().map(Setting::environment);
        return Stream.concat(settings, OTHER_VARIABLES.stream()).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Completes {@code participants.stock} to {@code participants.stock.target}. A name has no dot. */
    static String wholeKey(String key) {
        return key.startsWith(PARTICIPANTS + ".") && key.indexOf('.', PARTICIPANTS.length() + 1) < 0
                ? key + ".target"
                : key;
    }

    /** Reads {@code stock=host:7801,payment=host:7802} into a map by key. */
    public static Map<String, Given> participants(String list, String origin) {
        Map<String, Given> targets = new TreeMap<>();
        for (String one : list.split(",", -1)) {
            int equals = one.indexOf('=');
            if (equals < 1 || equals == one.length() - 1) {
                throw new StartupFailure(
                        ErrorCode.BAD_VALUE,
                        origin + ": '" + one
                                + "' is not a participant; write name=host:port, such as stock=localhost:7801");
            }
            String name = one.substring(0, equals).strip();
            Given target = new Given(one.substring(equals + 1).strip(), origin);
            Given other = targets.put(PARTICIPANTS + "." + name + ".target", target);
            if (other != null) {
                throw new StartupFailure(
                        ErrorCode.BAD_VALUE,
                        origin + ": participant '" + name + "' is configured twice, as " + other.text() + " and as "
                                + target.text() + "; keep only one");
            }
        }
        return targets;
    }

    private static Settings sorted(Map<String, Given> flat, Map<String, String> environment) {
        Map<String, Given> values = new TreeMap<>();
        Map<String, Map<String, Given>> participants = new TreeMap<>();
        List<String> unknown = new ArrayList<>();
        Set<String> known = knownVariables();
        environment.keySet().stream()
                .filter(name -> name.startsWith(PREFIX) && !known.contains(name))
                .sorted()
                .forEach(name -> unknown.add(strange(name, "environment", known) + " (or unset it)"));
        flat.forEach((key, given) -> {
            String[] parts = key.split("\\.", 3);
            if (Setting.keys().contains(key)) {
                values.put(key, given);
            } else if (!key.startsWith(PARTICIPANTS + ".")) {
                unknown.add(strange(key, given.origin(), Setting.keys()));
            } else if (ParticipantSettings.isKey(parts[2])) {
                participants.computeIfAbsent(parts[1], _ -> new TreeMap<>()).put(parts[2], given);
            } else {
                String prefix = PARTICIPANTS + "." + parts[1] + ".";
                Stream<String> keys = ParticipantSettings.KEYS.stream().sorted().map(prefix::concat);
                unknown.add(strange(key, given.origin(), keys.toList()));
            }
        });
        if (!unknown.isEmpty()) {
            throw new StartupFailure(ErrorCode.UNKNOWN_KEY, String.join("; ", unknown));
        }
        return new Settings(values, participants);
    }

    private static String strange(String name, String origin, Collection<String> known) {
        String like = Nearest.like(name, known);
        return "'" + name + "' (" + origin + ") is not a setting; "
                + (like == null ? "docs/configuration.md lists them" : "did you mean '" + like + "'?");
    }
}
