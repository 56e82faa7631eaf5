import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs the tests that {@code mvn verify} omits: {@code ./entente prove}. A test class has {@code @Tag("deep")} and a
 * second tag, its name. Stores the results of each name for each tree of sources.
 */
final class Prove {
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"([a-z0-9-]+)\"\\)");
    private static final String DEEP = "deep";
    /** The name of the suites that run again in other surroundings. They have no tag; their reports have a suffix. */
    private static final String SURROUNDINGS = "surroundings";

    private static final String FIGURES = "figures: ";
    private static final String FAILED = "failed ";
    private static final String UNKNOWN = "unknown";
    private static final String OPTIONS = "options: --list, --since, --json, --seed N; names: ";
    private static final int USAGE = 2;
    private static final int MAX_SEED = 1_000_000;

    /** The modules and test classes of a name. */
    private record Proof(Set<String> modules, Set<String> classes) {}

    /** The outcome of a name. */
    private record Result(String name, boolean held, int tests, int failed, double seconds, String figures) {}

    private final Path root = Path.of("").toAbsolutePath();
    private final Map<String, Proof> proofs = new TreeMap<>();
    private final Set<String> names = new TreeSet<>();
    private boolean isList;
    private boolean isSince;
    private boolean isJson;
    private long seed = ThreadLocalRandom.current().nextInt(1, MAX_SEED);

    private Prove() {}

    /** Runs the named tests. Exits with 0 if all pass, 1 if one fails, 2 if the arguments are invalid. */
    public static void main(String[] args) throws IOException, InterruptedException {
        System.exit(new Prove().run(args));
    }

    private int run(String[] args) throws IOException, InterruptedException {
        find();
        if (List.of(args).contains("--help") || List.of(args).contains("-h")) {
            System.out.println("entente prove [OPTION...] [NAME...]; " + OPTIONS + String.join(", ", proofs.keySet()));
            return 0;
        }
        String mistake = parse(args);
        if (mistake != null) {
            System.err.println("entente prove: " + mistake);
            return USAGE;
        }
        String tree = tree();
        Map<String, String> held = tree.equals(UNKNOWN) ? Map.of() : remembered(tree);
        if (names.isEmpty()) {
            names.addAll(proofs.keySet());
        }
        if (isList) {
            names.forEach(name -> System.out.printf(
                    "%-18s %-70s %s%n",
                    name, describe(name), held.getOrDefault(name, "no successful run of this tree")));
            return 0;
        }
        if (isSince) {
            names.removeAll(held.keySet());
        }
        if (names.isEmpty()) {
            System.err.println("entente prove: nothing to run, all names passed for tree " + tree);
            show(List.of());
            return 0;
        }
        Instant began = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Thread broken = new Thread(
                () -> System.err.println("entente prove: stopped before the tests finished; no results are stored"));
        Runtime.getRuntime().addShutdownHook(broken);
        boolean isBuilt = maven() == 0;
        Runtime.getRuntime().removeShutdownHook(broken);
        TestReports reports = TestReports.since(root, began);
        reports.unread().forEach(why -> System.err.println("entente prove: cannot read " + why));
        if (!isBuilt) {
            System.err.println("entente prove: the build failed; its output is in target/ci/prove.log");
        }
        List<Result> results =
                results(reports.tests(), isBuilt && reports.unread().isEmpty());
        show(results);
        remember(results, tree);
        return results.stream().allMatch(Result::held) ? 0 : 1;
    }

    private String parse(String[] args) {
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--list" -> isList = true;
                case "--since" -> isSince = true;
                case "--json" -> isJson = true;
                case "--seed" -> {
                    if (++i == args.length || !args[i].matches("[0-9]{1,18}")) {
                        return "--seed requires a number";
                    }
                    seed = Long.parseLong(args[i]);
                }
                default -> {
                    if (!proofs.containsKey(args[i])) {
                        return "unknown argument '" + args[i] + "'; " + OPTIONS + String.join(", ", proofs.keySet());
                    }
                    names.add(args[i]);
                }
            }
        }
        return isList && isJson ? "--list and --json cannot be combined" : null;
    }

    /** Finds the test classes with a name, in all modules. */
    private void find() throws IOException {
        for (Path module : TestReports.modules(root).toList()) {
            find(module);
        }
        proofs.put(SURROUNDINGS, new Proof(Set.of("verify/surroundings"), Set.of()));
    }

    private void find(Path module) throws IOException {
        Path sources = module.resolve("src/test/java");
        if (!Files.isDirectory(sources)) {
            return;
        }
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".java")).toList()) {
                Set<String> tags = TAG.matcher(Files.readString(file))
                        .results()
                        .map(match -> match.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));
                if (tags.remove(DEEP)) {
                    if (tags.size() != 1) {
                        throw new IllegalStateException(file + " must have one tag beside 'deep', but has " + tags);
                    }
                    Proof proof = proofs.computeIfAbsent(
                            tags.iterator().next(), _ -> new Proof(new TreeSet<>(), new TreeSet<>()));
                    proof.modules().add(root.relativize(module).toString());
                    String path = sources.relativize(file).toString();
                    proof.classes()
                            .add(path.substring(0, path.length() - ".java".length())
                                    .replace('/', '.'));
                }
            }
        }
    }

    private String describe(String name) {
        Proof proof = proofs.get(name);
        return proof.classes().isEmpty()
                ? String.join(", ", proof.modules())
                : proof.classes().stream()
                        .map(each -> each.substring(each.lastIndexOf('.') + 1))
                        .collect(Collectors.joining(", "));
    }

    private int maven() throws IOException, InterruptedException {
        Set<String> modules = new TreeSet<>();
        names.forEach(name -> modules.addAll(proofs.get(name).modules()));
        List<String> command = new ArrayList<>(List.of(
                "mvn",
                "-B",
                "-Pprove",
                "-Dquick",
                "-Dmaven.test.failure.ignore=true",
                "-Dsurefire.failIfNoSpecifiedTests=false",
                "-Dtest.jvms=1",
                "-Dtest.seed=" + seed,
                "-Dgroups=" + String.join("|", names),
                "-pl",
                String.join(",", modules),
                "-am"));
        command.add("-Dsurroundings.skipped=" + !names.contains(SURROUNDINGS));
        command.add("verify");
        Path log = root.resolve("target/ci/prove.log");
        Files.createDirectories(log.getParent());
        System.err.printf("entente prove: running %s with seed %d; Maven's output is in %s%n", names, seed, log);
        return new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
    }

    /** @param isWhole true if the build succeeded and all reports are readable */
    private List<Result> results(List<TestReports.Test> tests, boolean isWhole) {
        List<Result> results = new ArrayList<>();
        for (String name : names) {
            List<TestReports.Test> own = tests.stream()
                    .filter(test -> name.equals(SURROUNDINGS)
                            ? !test.suite().equals(test.className())
                            : proofs.get(name)
                                    .classes()
                                    .contains(test.className().replaceAll("\\$.*", "")))
                    .toList();
            List<TestReports.Test> bad = own.stream()
                    .filter(test -> test.verdict() == TestReports.Verdict.FAILED
                            || test.verdict() == TestReports.Verdict.FLAKY
                            || test.verdict() == TestReports.Verdict.SKIPPED && !name.equals(SURROUNDINGS))
                    .toList();
            bad.forEach(test -> System.err.printf(
                    "%s.%s: %s%n    log: %s%n", test.suite(), test.method(), test.said(), test.log()));
            Set<String> unseen = new TreeSet<>(proofs.get(name).classes());
            own.forEach(test -> unseen.remove(test.className().replaceAll("\\$.*", "")));
            unseen.forEach(each -> System.err.printf("%s did not run%n", each));
            double seconds = own.stream().mapToDouble(TestReports.Test::seconds).sum();
            String figures = own.stream()
                    .map(TestReports.Test::log)
                    .distinct()
                    .flatMap(this::figures)
                    .collect(Collectors.joining("; "));
            boolean held = isWhole && !own.isEmpty() && bad.isEmpty() && unseen.isEmpty();
            results.add(new Result(name, held, own.size(), bad.size(), seconds, figures));
        }
        return results;
    }

    private Stream<String> figures(String log) {
        try {
            return Files.exists(root.resolve(log))
                    ? Files.readAllLines(root.resolve(log), StandardCharsets.ISO_8859_1).stream()
                            .filter(line -> line.startsWith(FIGURES))
                            .map(line -> line.substring(FIGURES.length()))
                    : Stream.of();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private void show(List<Result> results) {
        if (isJson) {
            System.out.println(results.stream()
                    .map(each -> ("{\"name\":\"%s\",\"held\":%b,\"tests\":%d,\"failed\":%d,\"seed\":%d,"
                                    + "\"seconds\":%.0f,\"figures\":\"%s\"}")
                            .formatted(
                                    each.name(),
                                    each.held(),
                                    each.tests(),
                                    each.failed(),
                                    seed,
                                    each.seconds(),
                                    each.figures().replaceAll("[\"\\\\\\p{Cntrl}]", " ")))
                    .collect(Collectors.joining(",", "[", "]")));
            return;
        }
        for (Result each : results) {
            String verdict = each.held() ? "passed" : each.tests() == 0 ? "DID NOT RUN" : "FAILED";
            System.out.printf(
                    "%-18s %-13s %d tests, %d failed, seed %d, %.0f s  %s%n",
                    each.name(), verdict, each.tests(), each.failed(), seed, each.seconds(), each.figures());
        }
    }

    private static Path memory() {
        String cache = System.getenv("XDG_CACHE_HOME");
        String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
        return (cache == null || cache.isBlank() ? Path.of(home, ".cache") : Path.of(cache)).resolve("entente/proved");
    }

    private static Map<String, String> remembered(String tree) throws IOException {
        Map<String, String> held = new TreeMap<>();
        if (Files.exists(memory())) {
            for (String line : Files.readAllLines(memory())) {
                String[] words = line.split(" ", 3);
                if (words.length == 3 && words[1].equals(tree)) {
                    held.put(words[0], "passed " + words[2]);
                    held.values().removeIf(last -> last.startsWith("passed " + FAILED));
                }
            }
        }
        return held;
    }

    private void remember(List<Result> results, String tree) throws InterruptedException {
        String lines = results.stream()
                .map(each -> "%s %s %s%s seed %d %.0f s%n"
                        .formatted(
                                each.name(),
                                tree,
                                each.held() ? "" : FAILED,
                                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                                seed,
                                each.seconds()))
                .collect(Collectors.joining());
        try {
            if (tree.equals(UNKNOWN) || !tree().equals(tree)) {
                System.err.println(
                        "entente prove: no result is stored: git has no tree for the sources, or the sources changed");
                return;
            }
            Files.createDirectories(memory().getParent());
            Files.writeString(memory(), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException refused) {
            System.err.println("entente prove: no result is stored: " + refused);
        }
    }

    /** Returns the git tree of the sources, with uncommitted changes. */
    private String tree() throws IOException, InterruptedException {
        Path index = Files.createTempFile("entente-prove", ".index");
        try {
            Files.delete(index);
            if (!git(index, "rev-parse", "--show-prefix").isEmpty()) {
                return UNKNOWN; // this folder is inside another repository
            }
            git(index, "add", "-A");
            return git(index, "write-tree");
        } finally {
            Files.deleteIfExists(index);
        }
    }

    private String git(Path index, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("GIT_INDEX_FILE", index.toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() == 0 ? said : UNKNOWN;
    }
}
