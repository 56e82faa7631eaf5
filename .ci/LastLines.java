import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Prints the summary at the end of a build's log. It contains the failed tests with their reasons, their log files and the
 * commands that repeat them, the modules that did not run, and the skipped tests. {@code .ci/run} always calls it.
 */
final class LastLines {
    private static final Pattern MODULE =
            Pattern.compile("\\[INFO\\] Entente ?(.*?) \\.+ (SUCCESS|FAILURE|SKIPPED)(?: \\[ *(.*)\\])?");
    private static final Pattern BUILDING = Pattern.compile("\\[INFO\\] Building Entente ?(.*) 0\\S* +\\[");
    private static final int MAX_ERRORS = 25;
    private static final int MAX_FAILED = 40;

    private final Path root;
    private final Instant began;
    private final List<String> log;
    private final TestReports reports;
    private final List<TestReports.Test> tests;
    private final PrintStream out;

    private LastLines(Path root, Instant began, PrintStream out) throws IOException {
        this.root = root;
        this.began = began;
        this.out = out;
        Path file = root.resolve("target/ci/maven.log");
        log = Files.exists(file) ? Files.readAllLines(file, StandardCharsets.ISO_8859_1) : List.of();
        reports = TestReports.since(root, began);
        tests = reports.tests();
    }

    /**
     * Prints the summary. Arguments: the build's exit code, its start (seconds since 1970), its commit and its tree.
     * Exits with 0 if the build is green: exit code 0, at least one test, no failed test, only readable reports.
     */
    public static void main(String[] args) throws IOException {
        int exit = Integer.parseInt(args[0]);
        Instant began = Instant.ofEpochSecond(Long.parseLong(args[1]));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Path root = Path.of("").toAbsolutePath();
        System.exit(new LastLines(root, began, out).print(exit, args[2], args[3]) ? 0 : 1);
    }

    private List<TestReports.Test> with(TestReports.Verdict verdict) {
        return tests.stream().filter(test -> test.verdict() == verdict).toList();
    }

    private boolean print(int exit, String commit, String tree) throws IOException {
        long seconds = Instant.now().getEpochSecond() - began.getEpochSecond();
        List<TestReports.Test> failed = with(TestReports.Verdict.FAILED);
        List<TestReports.Test> flaky = with(TestReports.Verdict.FLAKY);
        out.printf("%n");
        printModules();
        printSkipped();
        printSlowest();
        reports.unread().forEach(why -> out.printf("cannot read %s%n", why));
        flaky.forEach(test -> printTest("FLAKY", test));
        failed.stream().limit(MAX_FAILED).forEach(test -> printTest("FAILED", test));
        if (failed.size() > MAX_FAILED) {
            out.printf("and %d more failed%n", failed.size() - MAX_FAILED);
        }
        if (exit != 0 && failed.isEmpty()) {
            printErrors();
        }
        writeFlakes(flaky);
        boolean isGreen = exit == 0
                && failed.isEmpty()
                && !tests.isEmpty()
                && reports.unread().isEmpty();
        String end =
                isGreen ? "GREEN" : exit > 128 ? "ENDED BY SIGNAL " + (exit - 128) : "RED (Maven's exit " + exit + ")";
        out.printf(
                "%s after %d s: %,d tests, %d failed, %d flaky, %d skipped; commit %s, tree %s, %d cores, load %.1f%n",
                end,
                seconds,
                tests.size(),
                failed.size(),
                flaky.size(),
                with(TestReports.Verdict.SKIPPED).size(),
                commit,
                tree,
                Runtime.getRuntime().availableProcessors(),
                java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                        .getSystemLoadAverage());
        return isGreen;
    }

    private void printModules() {
        Map<String, String> ended = new LinkedHashMap<>();
        Set<String> notRun = new LinkedHashSet<>();
        Set<String> begun = new LinkedHashSet<>();
        for (String line : log) {
            Matcher module = MODULE.matcher(line);
            Matcher building = BUILDING.matcher(line);
            if (building.find()) {
                begun.add(building.group(1).isEmpty() ? "root" : building.group(1));
            } else if (module.find()) {
                String name = module.group(1).isEmpty() ? "root" : module.group(1);
                if (module.group(2).equals("SKIPPED")) {
                    notRun.add(name);
                } else {
                    String mark = module.group(2).equals("FAILURE") ? " FAILURE" : "";
                    ended.put(name, name + " " + module.group(3) + mark);
                }
            }
        }
        if (!ended.isEmpty()) {
            out.printf("modules: %s%n", String.join(" · ", ended.values()));
        } else if (!begun.isEmpty()) {
            out.printf("modules started, the last one not finished: %s%n", String.join(" · ", begun));
        }
        if (!notRun.isEmpty()) {
            out.printf("modules not run: %s%n", String.join(" · ", notRun));
        }
    }

    private void printSkipped() {
        Map<String, Set<String>> classesByReason = new TreeMap<>();
        with(TestReports.Verdict.SKIPPED)
                .forEach(test -> classesByReason
                        .computeIfAbsent(test.said(), _ -> new LinkedHashSet<>())
                        .add(test.simpleName()));
        classesByReason.forEach((why, classes) -> out.printf("skipped: %s: %s%n", String.join(", ", classes), why));
    }

    private void printSlowest() {
        Map<String, Double> secondsBySuite = tests.stream()
                .collect(Collectors.groupingBy(
                        test -> test.suite().substring(test.suite().lastIndexOf('.') + 1),
                        Collectors.summingDouble(TestReports.Test::seconds)));
        String slowest = secondsBySuite.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
                .limit(8)
                .map(suite -> "%s %.0f s".formatted(suite.getKey(), suite.getValue()))
                .collect(Collectors.joining(", "));
        if (!slowest.isEmpty()) {
            out.printf("slowest: %s%n", slowest);
        }
    }

    private void printTest(String verdict, TestReports.Test test) {
        boolean isLogged = Files.exists(root.resolve(test.log()));
        String kind = test.isIntegrationTest()
                ? "-Dtest=none -Dit.test=%s -Dfailsafe.failIfNoSpecifiedTests=false"
                : "-Dtest=%s";
        out.printf("%s %s.%s  %.1f s%n", verdict, test.suite(), test.method(), test.seconds());
        out.printf("    %s%n", test.said());
        out.printf("    log: %s%n", isLogged ? test.log() : "none");
        out.printf(
                "    repeat: mvn -o -B -Dquick -pl %s -am verify %s -Dsurefire.failIfNoSpecifiedTests=false%n",
                test.module(), kind.formatted(test.simpleName()));
    }

    /** Prints Maven's messages. Called if the build failed without a failed test. */
    private void printErrors() {
        log.stream()
                // With -Werror, javac's warnings are errors. Their format: FILE:[LINE,COLUMN] MESSAGE.
                .filter(line -> line.contains("[ERROR]")
                        || line.contains("[WARNING]") && line.contains(".java:[")
                        // The formatter prints only the names of files.
                        || line.matches("\\S+\\.java"))
                .filter(line -> !line.endsWith("[ERROR] "))
                .limit(MAX_ERRORS)
                .forEach(out::println);
    }

    private void writeFlakes(List<TestReports.Test> flaky) throws IOException {
        Path file = root.resolve("target/ci/flakes.tsv");
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                flaky.stream()
                        .map(test ->
                                "%s\t%s\t%s\t%s%n".formatted(test.module(), test.suite(), test.method(), test.said()))
                        .collect(Collectors.joining()));
    }
}
