package dev.entente.stories.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.LoopbackPorts;
import dev.entente.rig.ServerJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Follows each tutorial file by file and command by command. The test uses other, free ports, another folder for
 * temporary files, and a local Maven repository in which Entente was never installed.
 */
final class TutorialIT {
    private static final Path HOME = ServerJar.find().resolve("../../..").normalize();
    private static final List<String> PORTS = List.of("5499", "7789", "7790", "7801", "7802");
    private static final Pattern VERSION =
            Pattern.compile("<artifactId>([\\w-]+)</artifactId>\\s*<version>(\\d[^<]*)</version>");
    private static final String FIRST_PAGE = "tutorial.md";
    private static final int MAX_STEPS = 25;

    private static final Pattern STEP = Pattern.compile(
            "\\*\\*`(?<path>[^`]+)`\\*\\*\n\n```\\w+\n(?<text>.*?)```|```console\n.*?```", Pattern.DOTALL);

    /** One step of the reader. */
    private sealed interface Step {}

    /** Types a command and waits for the output on the page. */
    private record Type(ConsoleExample example) implements Step {}

    /** Writes a file. The path is relative to the folder in which the reader starts. */
    private record Write(String path, String text) implements Step {}

    @TempDir
    private Path folder;

    @Tag("deep")
    @Tag("documents")
    @ParameterizedTest
    @ValueSource(strings = {FIRST_PAGE, "tutorial-outage.md", "tutorial-slow.md"})
    void every_step_prints_the_output_of_the_page(String page) throws Exception {
        Map<String, String> ports = freePorts();
        List<Step> steps = steps(adapted(page(page), ports));
        assertThat(steps).hasSizeBetween(2, MAX_STEPS);
        Path reader = Files.createDirectory(folder.resolve("reader"));
        Path checkout = reader.resolve("entente");
        writeCheckout(checkout);
        Path start = page.equals(FIRST_PAGE) ? reader : checkout;
        try (TutorialRepository repository = TutorialRepository.fill(HOME, folder.resolve("repository"));
                Terminal terminal =
                        new Terminal(start, folder.resolve("screen.txt"), environment(repository.folder(), ports))) {
            for (Step step : steps) {
                switch (step) {
                    case Write(var path, var text) -> write(reader.resolve(path), text);
                    case Type(var example)
                    when example.command().contains(" install") ->
                        assertThat(example.output()).isEmpty(); // The repository already has these artifacts.
                    case Type(var example) -> terminal.type(example);
                }
            }
        }
    }

    private static List<Step> steps(String page) {
        List<Step> steps = new ArrayList<>();
        Matcher found = STEP.matcher(page);
        while (found.find()) {
            if (found.group("path") == null) {
                ConsoleExample.parse(found.group()).forEach(example -> steps.add(new Type(example)));
            } else {
                steps.add(new Write(found.group("path"), found.group("text")));
            }
        }
        return steps;
    }

    @Test
    void the_tutorial_uses_the_library_versions_of_the_build() throws IOException {
        String build = Files.readString(HOME.resolve("pom.xml"));
        assertThat(VERSION.matcher(page(FIRST_PAGE)).results()).isNotEmpty().allSatisfy(used -> {
            String version = used.group(2);
            boolean isOwn = used.group(1).equals("tickets") || used.group(1).equals("slf4j-nop");
            assertThat(isOwn || build.contains(">" + version + "<"))
                    .as(used.group())
                    .isTrue();
        });
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /** Writes the reader's checkout. Its launcher calls the launcher of this checkout. */
    private static void writeCheckout(Path checkout) throws IOException {
        Path launcher = checkout.resolve("entente");
        write(launcher, "#!/bin/sh\nexec '" + HOME.resolve("entente").toAbsolutePath() + "' \"$@\"\n");
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Returns the reader's environment, with the replaced default ports of the command line and the server. */
    private Map<String, String> environment(Path repository, Map<String, String> ports) {
        return Map.of(
                "MAVEN_OPTS",
                "-Dmaven.repo.local=" + repository,
                "ENTENTE_NO_BUILD",
                "1",
                "ENTENTE_TARGET",
                "127.0.0.1:" + ports.get("7790"),
                "ENTENTE_GRPC_PORT",
                ports.getOrDefault("7790", ""),
                "ENTENTE_HTTP_PORT",
                ports.getOrDefault("7789", ""),
                "ENTENTE_JVM_ARGS",
                "-Djava.io.tmpdir=" + folder);
    }

    private static String page(String name) throws IOException {
        return Files.readString(HOME.resolve("docs").resolve(name));
    }

    /** Replaces the ports of the page, the default ports of the demo, and the folder for temporary files. */
    private String adapted(String page, Map<String, String> ports) {
        Pattern port = Pattern.compile("\\b(" + String.join("|", PORTS) + ")\\b");
        String text = page.replace("demo --keep", "demo --keep --port 7790 --http-port 7789")
                .replace("/tmp/", folder + "/");
        return port.matcher(text).replaceAll(found -> Matcher.quoteReplacement(ports.get(found.group())));
    }

    private static Map<String, String> freePorts() {
        return PORTS.stream().collect(Collectors.toMap(port -> port, _ -> Integer.toString(LoopbackPorts.next())));
    }
}
