package dev.entente.backends;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Rejects tests with their own time limits, random values or ports: their result would depend on the machine or on
 * chance.
 */
class BoundsTest {
    private static final Pattern MODULE = Pattern.compile("<module>(\\w.+)</module>");
    private static final Path ROOT = Path.of(System.getProperty("entente.home", "../.."));

    /** The rejected patterns, keyed by the replacement to write. */
    private static final Map<String, Pattern> REFUSED = Map.of(
            "await a condition; PatientAwaits bounds it",
            Pattern.compile("\\.atMost\\(|@Timeout\\b|assertTimeout|Thread\\.sleep\\(|SECONDS\\.sleep\\("),
            "await what happens in its place",
            Pattern.compile("\\.during\\(Duration\\."),
            "PatientAwaits.BOUND, or Duration.ZERO for what has ended",
            Pattern.compile("\\.(succeeds|fails)Within\\(\\s*+(?!(PatientAwaits\\.BOUND|Duration\\.ZERO)\\))"),
            "PatientAwaits.BOUND.toSeconds()",
            Pattern.compile("\\.(get|await|poll|offer|try[AL]\\w+|waitFor|awaitTermination|invokeA\\w+|\\w+Timeout)"
                    + "\\((([^;()]|\\([^()]*\\))*,)?\\s*[0-9_]+L?,\\s*(TimeUnit\\.)?([A-Z]*SECONDS|MINUTES|HOURS)\\)"),
            "a fixed seed, or entente.test.seed",
            Pattern.compile(
                    "\\bRandom\\(\\)|ThreadLocalRandom\\.current|Math\\.random\\(|([sS]eed = |Random\\()System\\."),
            "port 0, or LoopbackPorts",
            Pattern.compile("[fF]orPort\\([1-9]|ServerSocket\\([1-9]|SocketAddress\\(([^;()]|\\([^()]*\\))*,"
                    + " [1-9][0-9]{3,4}\\)"));

    private static final Map<String, String> EXCEPTIONS = Map.of(
            "BoundsTest.java", "has one of each",
            "ParticipantExamples.java", "is shown in the guide and not run",
            "TccScopeTest.java", "that an abort does not come can only be watched for a while; what is right passes");

    @Test
    void no_test_has_a_time_limit_an_unseeded_random_or_a_fixed_port() throws IOException {
        List<String> found = new ArrayList<>();
        Matcher module = MODULE.matcher(Files.readString(ROOT.resolve("pom.xml")));
        while (module.find()) {
            Path tests = ROOT.resolve(module.group(1)).resolve("src/test/java");
            try (Stream<Path> files = Files.exists(tests) ? Files.walk(tests) : Stream.of()) {
                for (Path file :
                        (Iterable<Path>) files.filter(each -> each.toString().endsWith(".java"))::iterator) {
                    if (!EXCEPTIONS.containsKey(file.getFileName().toString())) {
                        found.addAll(refusals(ROOT.relativize(file).toString(), Files.readString(file)));
                    }
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void each_forbidden_pattern_is_found() {
        String refused = """
            .atMost(LONG) @Timeout(5) Thread.sleep(2) .during(Duration.ofSeconds(1))
            .succeedsWithin(
                Duration.ofSeconds(5)) .failsWithin(LONG) .succeedsWithin(PatientAwaits.BOUND) .failsWithin(Duration.ZERO)
            .get(5, TimeUnit.SECONDS); .invokeAll(List.of(a, b), 1_0L, MINUTES);
            new Random(); new Random(System.nanoTime()); ThreadLocalRandom.current(); new Random(7);
            .forPort(7801); new ServerSocket(8080); new InetSocketAddress(host(), 7790); new ServerSocket(0, 50);
            """;
        assertThat(refusals("A.java", refused)).hasSize(14).anyMatch(each -> each.startsWith("A.java:4: .get(5"));
    }

    private static List<String> refusals(String name, String text) {
        List<String> lines = text.lines().toList();
        List<String> found = new ArrayList<>();
        REFUSED.forEach((instead, pattern) -> pattern.matcher(text).results().forEach(match -> {
            int line = (int) text.substring(0, match.start() + 1).lines().count();
            found.add("%s:%d: %s; instead: %s"
                    .formatted(name, line, lines.get(line - 1).strip(), instead));
        }));
        return found;
    }
}
