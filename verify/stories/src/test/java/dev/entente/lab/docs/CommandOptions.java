package dev.entente.lab.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.lab.LabProcess;
import dev.entente.rig.Ended;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tells which commands and options exist, by the server's completion script and by others' usage or sources. */
final class CommandOptions {
    private static final Pattern FUNCTION = Pattern.compile("function _picocli_entente_(\\w+)\\(\\)");
    private static final Pattern OPTIONS = Pattern.compile("local (?:flag|arg)_opts=\"(.*)\"");
    private static final Pattern OPTION = Pattern.compile("--?([A-Za-z][A-Za-z-]*)");
    private static final Set<String> LAB = Set.of("demo", "dev", "sim");
    /** The folders of their sources. */
    private static final Map<String, String> SOURCES = Map.of(
            "torture", "verify/torture/src/main/java",
            "crash", "verify/torture/src/main/java",
            "siege", "verify/torture/src/main/java",
            "fuzz", "verify/torture/src/main/java",
            "bench", "verify/bench/src/main/java",
            "prove", ".ci");
    /** Commands of the launcher alone, without options. */
    private static final Set<String> LAUNCHER = Set.of("build", "java-home", "pit", "previous-jar", "seen-green");

    private final Path home;
    private final Map<String, Set<String>> server;
    private final Map<String, String> known = new HashMap<>();

    private CommandOptions(Path home, Map<String, Set<String>> server) {
        this.home = home;
        this.server = server;
    }

    /** Asks the built jar. Blocks. */
    static CommandOptions ask(Path home) throws IOException {
        Ended asked = Ended.entente("completion", "bash");
        assertThat(asked.exit()).as(asked.said()).isZero();
        Map<String, Set<String>> options = new HashMap<>();
        Set<String> names = new TreeSet<>();
        for (String line : asked.out().lines().toList()) {
            Matcher function = FUNCTION.matcher(line);
            if (function.find()) {
                names = options.computeIfAbsent(function.group(1), _ -> new TreeSet<>());
            }
            Matcher offered = OPTIONS.matcher(line);
            if (offered.find()) {
                OPTION.matcher(offered.group(1))
                        .results()
                        .map(each -> each.group(1))
                        .forEach(names::add);
            }
        }
        return new CommandOptions(home, options);
    }

    /** Holds if there is a command that begins with these words, and it has all options among them. */
    boolean has(List<String> words) throws IOException {
        String first = words.getFirst();
        List<String> options = words.stream()
                .filter(word -> word.matches("--?[a-z].*"))
                .map(word -> word.replaceFirst("=.*", "").replaceFirst("[^a-z0-9-].*", ""))
                .toList();
        if (first.startsWith("-") || LAUNCHER.contains(first)) {
            return true;
        }
        if (LAB.contains(first) || SOURCES.containsKey(first)) {
            String text = text(first);
            return options.stream().allMatch(option -> text.contains(option));
        }
        String path = path(words);
        return server.containsKey(path)
                && options.stream().allMatch(option -> isOption(path, option.replaceFirst("^--?", "")));
    }

    private boolean isOption(String path, String option) {
        return server.getOrDefault(path, Set.of()).contains(option);
    }

    /** The longest command that these words begin with, as the script names it: {@code tx_forcefinish}. */
    private String path(List<String> words) {
        String path = words.getFirst();
        for (String word : words.subList(1, words.size())) {
            String longer = path + "_" + word.replace("-", "");
            if (!server.containsKey(longer)) {
                return path;
            }
            path = longer;
        }
        return path;
    }

    private String text(String command) throws IOException {
        String text = known.get(command);
        if (text == null) {
            String folder = SOURCES.get(command);
            text = folder == null ? LabProcess.run(command, "--help").out() : sources(folder);
            known.put(command, text);
        }
        return text;
    }

    private String sources(String folder) throws IOException {
        try (Stream<Path> files = Files.walk(home.resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(CommandOptions::read)
                    .collect(Collectors.joining());
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
