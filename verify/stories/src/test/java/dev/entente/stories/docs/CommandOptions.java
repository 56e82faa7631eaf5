package dev.entente.stories.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;

/** Looks up commands and options in the server's parser and in the sources of the other programs. */
final class CommandOptions {
    private static final String STORIES = "verify/stories/src/main/java";
    private static final String TORTURE = "verify/torture/src/main/java";
    /** The folder with the options that several commands share. */
    private static final String SHARED = "verify/rig/src/main/java";
    /** The source folders of the other commands. */
    private static final Map<String, String> SOURCES = Map.of(
            "demo", STORIES,
            "dev", STORIES,
            "sim", "verify/sim/src/main/java",
            "torture", TORTURE,
            "crash", TORTURE,
            "siege", TORTURE,
            "fuzz", TORTURE,
            "bench", "verify/bench/src/main/java",
            "prove", ".ci");
    /** Commands of the launcher only, without options. */
    private static final Set<String> LAUNCHER =
            Set.of("build", "java-home", "package", "pit", "previous-jar", "seen-green");

    private final Path home;
    private final CommandLine server = dev.entente.server.cli.CommandLine.parser();

    CommandOptions(Path home) {
        this.home = home;
    }

    /** Returns whether a command starts with these words and has all options among them. */
    boolean has(List<String> words) {
        String first = words.getFirst();
        List<String> options = words.stream()
                .filter(word -> word.matches("--?[a-z].*"))
                .map(word -> word.replaceFirst("=.*", "").replaceFirst("[^a-z0-9-].*", ""))
                .toList();
        if (first.startsWith("-") || LAUNCHER.contains(first)) {
            return true;
        }
        String folder = SOURCES.get(first);
        if (folder != null) {
            String text = sources(folder) + sources(SHARED);
            return options.stream().allMatch(option -> text.contains(option) || option.equals("--help"));
        }
        CommandLine command = server;
        for (String word : words) {
            command = command.getSubcommands().getOrDefault(word, command);
        }
        return command != server
                && command.getCommandSpec().optionsMap().keySet().containsAll(options);
    }

    private String sources(String folder) {
        try (Stream<Path> files = Files.walk(home.resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(CommandOptions::read)
                    .collect(Collectors.joining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
