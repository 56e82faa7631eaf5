package dev.entente.stories.compat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.cli.CommandLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Compares the interfaces with those of each release, {@code src/test/released/VERSION/names.txt}. A line may be added,
 * but not removed or changed. {@code -Dentente.released.write=VERSION} writes the file of a new release.
 */
final class ReleasedNamesTest {
    private static final Path HOME = Path.of(System.getProperty("entente.home"));
    private static final Path RELEASED = HOME.resolve("verify/stories/src/test/released");

    @Test
    void each_interface_of_a_release_exists_unchanged() throws IOException {
        List<String> names = names();
        String version = System.getProperty("entente.released.write");
        if (version != null) {
            Files.write(Files.createDirectories(RELEASED.resolve(version)).resolve("names.txt"), names);
        }
        List<Path> files = files(RELEASED, "names.txt");
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            assertThat(missing(Files.readAllLines(file), names))
                    .as("missing from %s", file)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        message entente.v1.Transaction |   1 string gid                  |   1 bytes gid
        message entente.v1.Transaction |   1 string gid                  |   21 string gid
        rpc entente.v1.TransactionService.SubmitTransaction( | returns ( | returns (stream
        setting grpc.port              | grpc.port                       | grpc.listen
        metric entente_                | entente_                        | coordinator_
        error ENT-001                  | exit 1                          | exit 2
        command entente tx list        | tx list                         | transactions list
        option entente tx list --state | --state                         | --with-state
        table entente_barrier.postgres.sql | gid  | global_id
        """, ignoreLeadingAndTrailingWhitespace = true)
    void a_changed_line_is_found(String heading, String before, String after) throws IOException {
        List<String> names = names();
        List<String> changed = new ArrayList<>(names);
        int at = names.indexOf(names.stream()
                .filter(line -> line.startsWith(heading))
                .findFirst()
                .orElseThrow());
        while (!names.get(at).contains(before)) {
            at++;
        }
        changed.set(at, names.get(at).replace(before, after));
        assertThat(missing(names, changed)).isNotEmpty();
        assertThat(missing(changed, names)).isNotEmpty();
        assertThat(missing(
                        names,
                        Stream.concat(Stream.of("setting new"), names.stream()).toList()))
                .isEmpty();
    }

    /** Returns the lines that the release has and this version does not have, each with its heading. */
    private static List<String> missing(List<String> released, List<String> names) {
        Set<String> existing = new HashSet<>(withHeadings(names));
        return withHeadings(released).stream()
                .filter(line -> !existing.contains(line))
                .toList();
    }

    /** An indented line belongs to the last line before it that is not indented. */
    private static List<String> withHeadings(List<String> lines) {
        List<String> complete = new ArrayList<>();
        String heading = "";
        for (String line : lines) {
            heading = line.startsWith(" ") ? heading : line;
            complete.add(line.startsWith(" ") ? heading + line : line);
        }
        return complete;
    }

    private static List<String> names() throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(HOME.resolve("client-sdk/src/test/api/proto.txt")));
        addTable("setting ", "docs/configuration.md", lines);
        addTable("metric ", "docs/metrics.md", lines);
        Stream.of(ErrorCode.values())
                .map(code -> "error " + code.id() + " " + code.category() + ", exit " + code.exitCode())
                .forEach(lines::add);
        addCommands(CommandLine.parser(), lines);
        for (String folder : List.of("client-sdk/src/main", "integrations")) {
            for (Path file : files(HOME.resolve(folder), ".sql")) {
                if (file.toString().contains("src/main/resources/dev/entente/")) {
                    lines.add("table " + file.getFileName());
                    Files.readAllLines(file)
                            .forEach(line -> lines.add("  " + line.strip().replaceFirst(",$", "")));
                }
            }
        }
        return lines;
    }

    /** Adds the first cells of the tables of a page that has a test of its own for its completeness. */
    private static void addTable(String kind, String page, List<String> lines) throws IOException {
        Files.readAllLines(HOME.resolve(page)).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> kind + line.substring(3, line.indexOf('`', 3)))
                .forEach(lines::add);
    }

    private static void addCommands(picocli.CommandLine command, List<String> lines) {
        String name = command.getCommandSpec().qualifiedName();
        lines.add("command " + name);
        command.getCommandSpec().optionsMap().keySet().stream()
                .sorted()
                .forEach(option -> lines.add("option " + name + " " + option));
        new TreeMap<>(command.getSubcommands()).values().forEach(child -> addCommands(child, lines));
    }

    private static List<Path> files(Path folder, String end) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }
}
