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
 * Runs the tests that {@code mvn verify} leaves out, by the names that their classes carry beside {@code @Tag("deep")}:
 * {@code ./entente prove}. It remembers for which tree of sources each name last held.
 */
final class Prove {
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"([a-z0-9-]+)\"\\)");
    private static final String DEEP = "deep";
    /** The suites that run once more in other surroundings have no tag: their reports have a suffix. */
    private static final String SURROUNDINGS = "surroundings";

    private static final String FIGURES = "figures: ";
    private static final int USAGE = 2;
    private static final int MAX_SEED = 1_000_000;

    /** The modules and test classes behind a name. */
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

    /** Takes names and options; exits 0 where all held, 1 where one did not, 2 where the arguments are of no use. */
    public static void main(String[] args) throws IOException, InterruptedException {
        System.exit(new Prove().run(args));
    }

    private int run(String[] args) throws IOException, InterruptedException {
        find();
        String mistake = parse(args);
        if (mistake != null) {
            System.err.println("entente prove: " + mistake);
            return USAGE;
        }
        String tree = tree();
        Map<String, String> held = remembered(tree);
        if (names.isEmpty()) {
            names.addAll(proofs.keySet());
        }
        if (isList) {
            names.forEach(name -> System.out.printf(
                    "%-18s %-70s %s%n",
                    name, describe(name), held.getOrDefault(name, "not seen to hold for this tree")));
            return 0;
        }
        if (isSince) {
            names.removeAll(held.keySet());
        }
        if (names.isEmpty()) {
            System.err.println("entente prove: all of it has held for this tree " + tree);
            return 0;
        }
        Instant began = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        int exit = maven();
        List<Result> results = results(TestReports.since(root, began));
        show(results);
        remember(results, tree);
        if (exit != 0) {
            System.err.println("entente prove: the build failed; all that it said is in target/ci/prove.log");
        }
        return exit == 0 && results.stream().allMatch(Result::held) ? 0 : 1;
    }

    private String parse(String[] args) {
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--list" -> isList = true;
                case "--since" -> isSince = true;
                case "--json" -> isJson = true;
                case "--seed" -> {
                    if (++i == args.length || !args[i].matches("[0-9]{1,18}")) {
                        return "--seed takes a number";
                    }
                    seed = Long.parseLong(args[i]);
                }
                default -> {
                    if (!proofs.containsKey(args[i])) {
                        return "there is no '" + args[i] + "'; options: --list, --since, --json, --seed N; names: "
                                + String.join(", ", proofs.keySet());
                    }
                    names.add(args[i]);
                }
            }
        }
        return null;
    }

    /** Finds what has a name, in the sources of all modules' tests. */
    private void find() throws IOException {
        try (Stream<Path> modules = Files.list(root)) {
            for (Path module : modules.filter(each -> Files.isDirectory(each.resolve("src/test/java")))
                    .toList()) {
                find(module);
            }
        }
        proofs.put(SURROUNDINGS, new Proof(Set.of("surroundings"), Set.of()));
    }

    private void find(Path module) throws IOException {
        Path sources = module.resolve("src/test/java");
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".java")).toList()) {
                Set<String> tags = TAG.matcher(Files.readString(file))
                        .results()
                        .map(match -> match.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));
                if (tags.remove(DEEP)) {
                    if (tags.size() != 1) {
                        throw new IllegalStateException(file + " has to name one thing to prove, and names " + tags);
                    }
                    Proof proof = proofs.computeIfAbsent(
                            tags.iterator().next(), _ -> new Proof(new TreeSet<>(), new TreeSet<>()));
                    proof.modules().add(module.getFileName().toString());
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
        System.err.printf("entente: proving %s with seed %d; Maven's words are in %s%n", names, seed, log);
        return new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
    }

    private List<Result> results(List<TestReports.Test> tests) {
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
                            || test.verdict() == TestReports.Verdict.SKIPPED && !name.equals(SURROUNDINGS))
                    .toList();
            bad.forEach(test -> System.err.printf(
                    "%s.%s: %s%n    log: %s%n", test.suite(), test.method(), test.said(), test.log()));
            double seconds = own.stream().mapToDouble(TestReports.Test::seconds).sum();
            String figures = own.stream()
                    .map(TestReports.Test::log)
                    .distinct()
                    .flatMap(this::figures)
                    .collect(Collectors.joining("; "));
            results.add(new Result(name, !own.isEmpty() && bad.isEmpty(), own.size(), bad.size(), seconds, figures));
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
            String verdict = each.held() ? "holds" : each.tests() == 0 ? "DID NOT RUN" : "DOES NOT HOLD";
            System.out.printf(
                    "%-18s %-13s %d tests, %d failed, seed %d, %.0f s  %s%n",
                    each.name(), verdict, each.tests(), each.failed(), seed, each.seconds(), each.figures());
        }
    }

    private static Path memory() {
        String cache = System.getenv("XDG_CACHE_HOME");
        Path home =
                cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
        return home.resolve("entente/proved");
    }

    private static Map<String, String> remembered(String tree) throws IOException {
        Map<String, String> held = new TreeMap<>();
        if (Files.exists(memory())) {
            for (String line : Files.readAllLines(memory())) {
                String[] words = line.split(" ", 3);
                if (words.length == 3 && words[1].equals(tree)) {
                    held.put(words[0], "held " + words[2]);
                }
            }
        }
        return held;
    }

    private void remember(List<Result> results, String tree) throws IOException {
        Files.createDirectories(memory().getParent());
        String lines = results.stream()
                .filter(Result::held)
                .map(each -> "%s %s %s seed %d %.0f s%n"
                        .formatted(
                                each.name(), tree, Instant.now().truncatedTo(ChronoUnit.SECONDS), seed, each.seconds()))
                .collect(Collectors.joining());
        Files.writeString(memory(), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Returns the tree of the sources as they are, committed or not. */
    private String tree() throws IOException, InterruptedException {
        Path index = Files.createTempFile("entente-prove", ".index");
        try {
            Files.delete(index);
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
        return process.waitFor() == 0 ? said : "unknown";
    }
}
