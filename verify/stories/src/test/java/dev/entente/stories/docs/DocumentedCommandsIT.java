package dev.entente.stories.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.ServerJar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Verifies that every command in a document exists and has the documented options. */
final class DocumentedCommandsIT {
    private static final Pattern MODULE = Pattern.compile("<module>(\\w.+)</module>");
    private static final Path HOME = ServerJar.find().resolve("../../..").normalize();
    private static final Set<String> ENTENTE = Set.of("./entente", "entente");
    private static final Pattern JAR = Pattern.compile(".*entente-server\\.jar");
    private static final Pattern TEST = Pattern.compile("-Dtest=(\\w+)");

    @Test
    void every_command_of_entente_exists_with_its_options() throws Exception {
        CommandOptions options = new CommandOptions(HOME);
        List<String> unknown = new ArrayList<>();
        int found = 0;
        for (PageCommand command : commands()) {
            List<String> words = arguments(command.words());
            if (!words.isEmpty()
                    && !words.getFirst().equals("COMMAND")
                    && !words.getFirst().equals("…")) {
                found++;
                if (!options.has(words)) {
                    unknown.add(command.toString());
                }
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(found).isGreaterThan(100);
    }

    @Test
    void every_script_of_the_checkout_exists() throws IOException {
        assertThat(commands())
                .filteredOn(command -> command.words().getFirst().matches("(\\./|docs/|deploy/|verify/)[\\w./-]*"))
                .filteredOn(command -> !command.words().getFirst().matches(".*\\.(?!sh$)\\w+|.*/"))
                .isNotEmpty()
                .allSatisfy(command -> assertThat(HOME.resolve(command.words().getFirst()))
                        .as(command.toString())
                        .exists());
    }

    @Test
    void every_maven_call_names_existing_modules_and_tests() throws IOException {
        Set<String> tests = testClasses();
        List<PageCommand> calls = commands().stream()
                .filter(command -> command.words().getFirst().equals("mvn"))
                .toList();
        assertThat(calls).hasSizeGreaterThan(3).allSatisfy(call -> {
            int modules = call.words().indexOf("-pl");
            if (modules >= 0) {
                assertThat(call.words().get(modules + 1).split(","))
                        .allSatisfy(module -> assertThat(HOME.resolve(module))
                                .as(call.toString())
                                .isDirectory());
            }
            Matcher test = TEST.matcher(String.join(" ", call.words()));
            if (test.find()) {
                assertThat(tests).as(call.toString()).contains(test.group(1));
            }
        });
    }

    /** Returns the arguments of a call of Entente, or an empty list for other programs. */
    private static List<String> arguments(List<String> words) {
        if (ENTENTE.contains(words.getFirst())) {
            return words.subList(1, words.size());
        }
        for (int at = 0; at < words.size(); at++) {
            if (words.getFirst().equals("java") && JAR.matcher(words.get(at)).matches()) {
                return words.subList(at + 1, words.size());
            }
        }
        return List.of();
    }

    private static List<PageCommand> commands() throws IOException {
        try (Stream<Path> top = Files.list(HOME);
                Stream<Path> docs = Files.walk(HOME.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !isHistory(file))
                    .sorted()
                    .flatMap(page -> PageCommand.read(page).stream())
                    .toList();
        }
    }

    /** Returns whether the page describes commands of the past. */
    private static boolean isHistory(Path page) {
        return page.endsWith("CHANGELOG.md") || page.toString().contains("/docs/adr/");
    }

    private static Set<String> testClasses() throws IOException {
        return MODULE.matcher(Files.readString(HOME.resolve("pom.xml")))
                .results()
                .map(module -> HOME.resolve(module.group(1)).resolve("src/test/java"))
                .filter(Files::isDirectory)
                .flatMap(DocumentedCommandsIT::classes)
                .collect(Collectors.toSet());
    }

    private static Stream<String> classes(Path sources) {
        try (Stream<Path> files = Files.walk(sources)) {
            return files.map(file -> file.getFileName().toString().replaceFirst("\\.java$", "")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
