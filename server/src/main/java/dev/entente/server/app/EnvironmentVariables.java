package dev.entente.server.app;

import dev.entente.core.plan.Nearest;
import dev.entente.server.app.Settings.Given;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The variables of the environment that begin with {@code ENTENTE_}: settings, what other programs read, and mistakes.
 */
final class EnvironmentVariables {
    static final String PARTICIPANTS = "ENTENTE_PARTICIPANTS";

    private static final String PREFIX = "ENTENTE_";

    /** The variables that the command line, the log, the launcher, the build and the fault runs read. */
    private static final List<String> OTHERS = List.of(
            "ENTENTE_TARGET",
            "ENTENTE_TOKEN",
            "ENTENTE_CA",
            "ENTENTE_JDBC_PASSWORD",
            "ENTENTE_LOG_LEVEL",
            "ENTENTE_JVM_ARGS",
            "ENTENTE_NO_BUILD",
            "ENTENTE_REQUIRE",
            "ENTENTE_TLC_JAR",
            FaultPoint.HALT_AFTER_DECISIONS);

    private EnvironmentVariables() {}

    /** Returns the settings among them, by key. */
    static Map<String, Given> settings(Map<String, String> environment) {
        Map<String, Given> settings = new TreeMap<>();
        for (Setting setting : Setting.values()) {
            String text = environment.get(setting.environment());
            if (text != null) {
                settings.put(setting.key(), new Given(text, setting.environment()));
            }
        }
        String named = environment.get(PARTICIPANTS);
        if (named != null) {
            settings.putAll(Settings.participants(named, PARTICIPANTS));
        }
        return settings;
    }

    /** Returns a sentence for each variable that nothing reads. */
    static List<String> unknown(Map<String, String> environment) {
        Set<String> known = known();
        return environment.keySet().stream()
                .filter(name -> name.startsWith(PREFIX) && !known.contains(name))
                .sorted()
                .map(name -> "'" + name + "' (environment) is no setting; did you mean '" + Nearest.to(name, known)
                        + "'? else unset it")
                .toList();
    }

    /** Returns all names that something reads. */
    static Set<String> known() {
        Stream<String> settings = Stream.of(Setting.values()).map(Setting::environment);
        return Stream.concat(settings, Stream.concat(OTHERS.stream(), Stream.of(PARTICIPANTS)))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
