package dev.entente.server.app;

import dev.entente.core.plan.Nearest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.store.StartupFailure;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.DuplicateKeyException;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * The configured settings as text: flag before environment before file before default.
 *
 * @param values of the settings that somebody set
 * @param participants by name, then by key: {@code target}, {@code outcomes.ABORTED}
 */
public record Settings(Map<Setting, Given> values, Map<String, Map<String, Given>> participants) {
    private static final String PARTICIPANTS = "participants";
    /** More than any has; what goes on beyond it is an anchor that holds itself. */
    private static final int LONGEST_KEY = 1000;

    /**
     * A value and where it was given.
     *
     * @param origin for people: {@code --grpc-port}, {@code ENTENTE_GRPC_PORT}, {@code entente.yaml}
     */
    public record Given(String text, String origin) {}

    /**
     * Gathers them.
     *
     * @param file null for none
     * @param flags by key; {@code participants.stock.target} among them
     * @throws StartupFailure ENT-070 or ENT-071, with everything that is wrong
     */
    public static Settings gather(@Nullable Path file, Map<String, String> environment, Map<String, Given> flags) {
        Map<String, Given> flat = new TreeMap<>();
        if (file != null) {
            flatten("", yaml(file), file.getFileName().toString(), flat);
        }
        flat.putAll(EnvironmentVariables.settings(environment));
        flags.forEach((key, given) -> flat.put(wholeKey(key), given));
        return sorted(flat, EnvironmentVariables.unknown(environment));
    }

    /** {@code participants.stock} is short for {@code participants.stock.target}. A name has no dot. */
    private static String wholeKey(String key) {
        return key.startsWith(PARTICIPANTS + ".") && key.indexOf('.', PARTICIPANTS.length() + 1) < 0
                ? key + ".target"
                : key;
    }

    /** {@code stock=host:7801,payment=host:7802}, by key. */
    public static Map<String, Given> participants(String list, String origin) {
        Map<String, Given> targets = new TreeMap<>();
        for (String one : list.split(",", -1)) {
            int equals = one.indexOf('=');
            if (equals < 1 || equals == one.length() - 1) {
                throw new StartupFailure(
                        ErrorCode.BAD_VALUE,
                        origin + ": '" + one
                                + "' names no participant; write name=host:port, such as stock=localhost:7801",
                        null);
            }
            String name = one.substring(0, equals).strip();
            Given target = new Given(one.substring(equals + 1).strip(), origin);
            Given other = targets.put(PARTICIPANTS + "." + name + ".target", target);
            if (other != null) {
                throw new StartupFailure(
                        ErrorCode.BAD_VALUE,
                        origin + ": participant '" + name + "' is named twice, as " + other.text() + " and as "
                                + target.text() + "; keep one of them",
                        null);
            }
        }
        return targets;
    }

    /** @param strange what is known to be no setting */
    private static Settings sorted(Map<String, Given> flat, List<String> strange) {
        Map<Setting, Given> values = new EnumMap<>(Setting.class);
        Map<String, Map<String, Given>> participants = new TreeMap<>();
        List<String> unknown = new ArrayList<>(strange);
        flat.forEach((key, given) -> {
            Setting setting = Setting.of(key);
            if (setting != null) {
                values.put(setting, given);
            } else if (!isParticipant(key, given, participants)) {
                unknown.add(
                        "'" + key + "' (" + given.origin() + ") is no setting; did you mean '" + nearest(key) + "'?");
            }
        });
        if (!unknown.isEmpty()) {
            throw new StartupFailure(ErrorCode.UNKNOWN_KEY, String.join("; ", unknown), null);
        }
        return new Settings(values, participants);
    }

    private static boolean isParticipant(String key, Given given, Map<String, Map<String, Given>> participants) {
        if (!key.startsWith(PARTICIPANTS + ".")) {
            return false;
        }
        String[] parts = key.split("\\.", 3);
        if (!ParticipantSettings.isKey(parts[2])) {
            return false;
        }
        participants.computeIfAbsent(parts[1], _ -> new TreeMap<>()).put(parts[2], given);
        return true;
    }

    private static @Nullable String nearest(String key) {
        Stream<String> settings = Stream.of(Setting.values()).map(Setting::key);
        if (!key.startsWith(PARTICIPANTS + ".")) {
            return Nearest.to(key, settings.toList());
        }
        String prefix = key.split("\\.", 3)[1];
        return Nearest.to(
                key,
                ParticipantSettings.KEYS.stream()
                        .map(field -> PARTICIPANTS + "." + prefix + "." + field)
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static Map<?, ?> yaml(Path file) {
        try (Reader reader = Files.newBufferedReader(file)) {
            LoaderOptions options = new LoaderOptions();
            options.setAllowDuplicateKeys(false);
            DumperOptions unused = new DumperOptions();
            Object read = new Yaml(
                            new SafeConstructor(options), new Representer(unused), unused, options, new AsWritten())
                    .load(reader);
            if (read == null) {
                return Map.of();
            }
            if (read instanceof Map<?, ?> map) {
                return map;
            }
            throw bad(file, "it is no list of settings; write `key: value` lines", null);
        } catch (IOException unreadable) {
            throw bad(file, "it cannot be read: " + TextFile.reason(file, unreadable), unreadable);
        } catch (DuplicateKeyException twice) {
            throw bad(file, "a key stands there twice, keep one of them: " + twice.getMessage(), twice);
        } catch (YAMLException malformed) {
            throw bad(file, "it is no YAML: " + malformed.getMessage(), malformed);
        }
    }

    /** Takes what stands without quotes for its text, and not for a number, a flag or a date; an empty one is none. */
    private static final class AsWritten extends Resolver {
        @Override
        protected void addImplicitResolvers() {
            addImplicitResolver(Tag.MERGE, MERGE, "<");
            addImplicitResolver(Tag.NULL, EMPTY, null);
        }
    }

    private static StartupFailure bad(Path file, String why, @Nullable Exception cause) {
        return new StartupFailure(ErrorCode.BAD_VALUE, "the configuration " + file + ": " + why, cause);
    }

    private static void flatten(String prefix, Map<?, ?> map, String origin, Map<String, Given> flat) {
        map.forEach((key, value) -> {
            String path = prefix.isEmpty() ? String.valueOf(key) : prefix + "." + key;
            if (path.length() > LONGEST_KEY) {
                throw new StartupFailure(
                        ErrorCode.BAD_VALUE, origin + ": '" + path.substring(0, 40) + "…' goes on without end", null);
            }
            if (value instanceof Map<?, ?> nested) {
                flatten(path, nested, origin, flat);
            } else if (value instanceof List<?> list) {
                String text = list.stream()
                        .filter(Objects::nonNull)
                        .map(Objects::toString)
                        .collect(Collectors.joining(","));
                putOnce(path, text, origin, flat);
            } else if (value != null) {
                putOnce(path, value.toString(), origin, flat);
            }
        });
    }

    private static void putOnce(String path, String text, String origin, Map<String, Given> flat) {
        String key = wholeKey(path);
        if (flat.put(key, new Given(text, origin)) != null) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "'" + key + "' (" + origin + ") stands there twice, nested and dotted; keep one of them",
                    null);
        }
    }
}
