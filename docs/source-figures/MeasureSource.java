import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Measures the readability of a tree: sentences, names, sizes, dependencies. {@code docs/measure-source} starts it.
 *
 * <p>The compiler of the JDK parses all {@code MODULE/src/main/java} and {@code MODULE/src/test/java}. The compiler
 * resolves no names, so no build is necessary. {@link SyntaxReader} reads one file, {@link Prose} one document,
 * {@link ReplacedWords} finds words, {@link SourceFigures} computes the figures.
 */
public final class MeasureSource {
    private static final String USAGE = "usage: docs/measure-source [--json | --list] [ROOT]";
    private static final int EXIT_USAGE = 2;

    private static final Pattern MODULE = Pattern.compile("<module>(\\w.+)</module>");

    private MeasureSource() {}

    /** Prints the figures of the tree at ROOT; with {@code --list}, the places to fix. */
    public static void main(String[] args) throws IOException {
        List<String> options =
                Arrays.stream(args).filter(arg -> arg.startsWith("-")).toList();
        List<String> roots =
                Arrays.stream(args).filter(arg -> !arg.startsWith("-")).toList();
        if (roots.size() != 1
                || options.size() > 1
                || !List.of("--json", "--list").containsAll(options)) {
            System.err.println(USAGE);
            System.exit(EXIT_USAGE);
        }
        List<MeasuredFile> files = read(Path.of(roots.getFirst()));
        List<Prose> documents = Prose.find(Path.of(roots.getFirst()));
        List<ReplacedWords> words = ReplacedWords.find(Path.of(roots.getFirst()));
        if (options.contains("--list")) {
            words.forEach(word -> System.out.println(word.path() + ":" + word.line() + " has '" + word.found() + "'"));
            files.forEach(file -> places(file).forEach(System.out::println));
            documents.forEach(document -> document.longLines()
                    .forEach(line -> System.out.println(document.path() + ":" + line + " is over 120 columns")));
        } else {
            Map<String, Object> figures = new SourceFigures(files, documents, words).all();
            System.out.println(options.isEmpty() ? table("", figures) : json(figures));
        }
    }

    private static List<MeasuredFile> read(Path root) throws IOException {
        Map<Path, MeasuredFile> byPath = find(root);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null,
                    manager,
                    null,
                    List.of("-proc:none"),
                    null,
                    manager.getJavaFileObjectsFromPaths(byPath.keySet()));
            DocTrees trees = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                MeasuredFile file = byPath.get(Path.of(unit.getSourceFile().toUri()));
                new SyntaxReader(file, unit, trees).read();
            }
        }
        return List.copyOf(byPath.values());
    }

    private static Map<Path, MeasuredFile> find(Path root) throws IOException {
        Map<Path, MeasuredFile> byPath = new TreeMap<>();
        Matcher module = MODULE.matcher(Files.readString(root.resolve("pom.xml")));
        while (module.find()) {
            find(root, root.resolve(module.group(1)), true, byPath);
            find(root, root.resolve(module.group(1)), false, byPath);
        }
        return byPath;
    }

    private static void find(Path root, Path module, boolean isMain, Map<Path, MeasuredFile> byPath)
            throws IOException {
        Path folder = module.resolve("src").resolve(isMain ? "main" : "test").resolve("java");
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> found = Files.walk(folder)) {
            for (Path file :
                    found.filter(each -> each.toString().endsWith(".java")).toList()) {
                String path = root.relativize(file).toString().replace('\\', '/');
                byPath.put(
                        file.toAbsolutePath().normalize(),
                        new MeasuredFile(module.getFileName().toString(), isMain, path, Files.readAllLines(file)));
            }
        }
    }

    /** Returns the places to fix, such as {@code server/.../Engine.java:12 isIdle is inverted: Whether ...}. */
    private static List<String> places(MeasuredFile file) {
        List<String> places = new ArrayList<>();
        if (file.isMain) {
            file.summaries.forEach(summary -> summary.faults()
                    .forEach(fault -> places.add(summary.where() + " " + fault + ": " + summary.text())));
            file.typesWithoutSummary.forEach(where -> places.add(where + " has no summary"));
            file.qualifiedNames.forEach(where -> places.add(where + " is qualified in code"));
        }
        file.longLines().stream()
                .filter(line -> !file.sqlLines.get(line))
                .forEach(line -> places.add(file.at(line) + " is over 120 columns"));
        file.tests.stream()
                .filter(SourceFigures::isLongName)
                .forEach(test -> places.add(test.name() + " is over 80 characters"));
        return places;
    }

    private static String json(Object value) {
        return switch (value) {
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(entry -> "\"" + entry.getKey() + "\":" + json(entry.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            case List<?> list -> list.stream().map(MeasureSource::json).collect(Collectors.joining(",", "[", "]"));
            case Number number -> number.toString();
            // Names and places contain no characters that JSON must escape.
            default -> "\"" + value + "\"";
        };
    }

    private static String table(String name, Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> table((name + " " + entry.getKey()).strip(), entry.getValue()))
                    .collect(Collectors.joining("\n"));
        }
        return String.format(Locale.ROOT, "%-70s %s", name, value);
    }
}
