import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/** Computes each figure from the measured files. */
final class SourceFigures {
    private static final int TEST_NAME_CHARACTERS = 80;
    private static final int WORST_FILES = 10;

    /** Packages with a separate figure for the longest parameter list. */
    private static final List<String> AT_THE_HEART = List.of("decision", "transaction");

    private final List<MeasuredFile> files;
    private final List<Prose> documents;
    private final List<ReplacedWords> words;
    private final List<String> modules;

    SourceFigures(List<MeasuredFile> files, List<Prose> documents, List<ReplacedWords> words) {
        this.files = files;
        this.documents = documents;
        this.words = words;
        this.modules =
                files.stream().map(file -> file.module).distinct().sorted().toList();
    }

    /** Returns the figures by name; each value is a number, a name, a list of names or another map of figures. */
    Map<String, Object> all() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("summaries", byModule(SourceFigures::summaries));
        figures.put("class_names_shared", sharedNames(file -> file.topLevel));
        figures.put("nested_names_shared", sharedNames(file -> file.nested));
        figures.put(
                "inline_qualified_names",
                byModule(main -> flat(main, file -> file.qualifiedNames).size()));
        figures.put("packages", packages());
        figures.put("arrows_per_file", byModule(SourceFigures::arrowsPerFile));
        figures.put("class_cycle", byModule(main -> new ClassArrows(main).largestCycle()));
        figures.put("longest_parameter_list", longestParameterLists());
        figures.put("method_lines", byModule(main -> spread(flat(main, file -> file.methods))));
        figures.put("file_lines", byModule(SourceFigures::fileLines));
        figures.put("lines_over_120", longLines());
        figures.put("main_lines", byModule(SourceFigures::lines));
        figures.put("test_names", testNames());
        figures.put(
                "prose_over_120",
                documents.stream().mapToInt(each -> each.longLines().size()).sum());
        figures.put("replaced_words", ReplacedWords.figures(words));
        figures.put("files_with_most_replaced_words", worst());
        return figures;
    }

    private List<String> worst() {
        Map<String, Integer> byFile = new TreeMap<>();
        words.forEach(word -> byFile.merge(word.path(), 1, Integer::sum));
        return byFile.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(WORST_FILES)
                .map(file -> file.getValue() + " " + file.getKey())
                .toList();
    }

    /** Applies {@code figure} to the main files of all modules (key "whole") and of each module. */
    private Map<String, Object> byModule(Function<List<MeasuredFile>, Object> figure) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("whole", figure.apply(main(_ -> true)));
        for (String module : modules) {
            List<MeasuredFile> main = main(file -> file.module.equals(module));
            if (!main.isEmpty()) {
                values.put(module, figure.apply(main));
            }
        }
        return values;
    }

    private List<MeasuredFile> main(Predicate<MeasuredFile> which) {
        return files.stream().filter(file -> file.isMain && which.test(file)).toList();
    }

    private static <T> List<T> flat(List<MeasuredFile> files, Function<MeasuredFile, List<T>> part) {
        return files.stream().flatMap(file -> part.apply(file).stream()).toList();
    }

    private static Map<String, Object> summaries(List<MeasuredFile> main) {
        List<Summary> all = flat(main, file -> file.summaries);
        long inverted = all.stream().filter(Summary::isInverted).count();
        long empty = all.stream().filter(Summary::saysNothing).count();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("count", all.size());
        figures.put("inverted", inverted);
        figures.put("inverted_share", ratio(inverted, all.size()));
        figures.put("say_nothing", empty);
        figures.put(
                "missing", empty + flat(main, file -> file.typesWithoutSummary).size());
        figures.put("over_25_words", all.stream().filter(Summary::isLong).count());
        return figures;
    }

    /** Counts the names that two files of a module declare, and the names that two modules declare. */
    private Map<String, Object> sharedNames(Function<MeasuredFile, List<String>> names) {
        Map<String, Set<String>> modulesOf = new TreeMap<>();
        Set<String> declared = new TreeSet<>();
        Set<String> within = new TreeSet<>();
        for (MeasuredFile file : main(_ -> true)) {
            for (String name : names.apply(file)) {
                modulesOf.computeIfAbsent(name, _ -> new TreeSet<>()).add(file.module);
                if (!declared.add(file.module + " " + name)) {
                    within.add(name);
                }
            }
        }
        List<String> across = modulesOf.keySet().stream()
                .filter(name -> modulesOf.get(name).size() > 1)
                .toList();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("within", within.size());
        figures.put("across", across.size());
        figures.put("names_within", List.copyOf(within));
        figures.put("names_across", across);
        return figures;
    }

    private Map<String, Object> packages() {
        Map<String, List<MeasuredFile>> byPackage = new TreeMap<>();
        for (MeasuredFile file : main(file -> !file.isInfo())) {
            byPackage
                    .computeIfAbsent(file.module + " " + file.packageName, _ -> new ArrayList<>())
                    .add(file);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        byPackage.forEach((name, main) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("files", main.size());
            one.put("class_cycle", new ClassArrows(main).largestCycle());
            figures.put(name, one);
        });
        return figures;
    }

    private static Object arrowsPerFile(List<MeasuredFile> main) {
        List<MeasuredFile> code = main.stream().filter(file -> !file.isInfo()).toList();
        return ratio(new ClassArrows(code).count(), code.size());
    }

    private Map<String, Object> longestParameterLists() {
        Map<String, Object> longest = new LinkedHashMap<>();
        for (String name : AT_THE_HEART) {
            longest.put(
                    name, longestParameterList(main(file -> file.lastPackage().equals(name))));
        }
        longest.put("whole", longestParameterList(main(_ -> true)));
        return longest;
    }

    private static Map<String, Object> longestParameterList(List<MeasuredFile> main) {
        return largest(flat(main, file -> file.parameterLists));
    }

    private static Object fileLines(List<MeasuredFile> main) {
        return spread(main.stream()
                .map(file -> new Sized(file.path, file.lines.size()))
                .toList());
    }

    private static Object lines(List<MeasuredFile> main) {
        return main.stream().mapToInt(file -> file.lines.size()).sum();
    }

    private Map<String, Object> longLines() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("main", longLines(true));
        figures.put("test", longLines(false));
        return figures;
    }

    private Map<String, Object> longLines(boolean isMain) {
        long all = 0;
        long sql = 0;
        for (MeasuredFile file :
                files.stream().filter(each -> each.isMain == isMain).toList()) {
            all += file.longLines().size();
            sql += file.longLines().stream().filter(file.sqlLines::get).count();
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("with_sql", all);
        figures.put("without_sql", all - sql);
        return figures;
    }

    private Map<String, Object> testNames() {
        List<Sized> tests = flat(files, file -> file.tests);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("count", tests.size());
        figures.put("mean", ratio(tests.stream().mapToInt(Sized::size).sum(), tests.size()));
        figures.put("over_80", tests.stream().filter(SourceFigures::isLongName).count());
        figures.putAll(largest(tests));
        return figures;
    }

    static boolean isLongName(Sized test) {
        return test.size() > TEST_NAME_CHARACTERS;
    }

    private static Map<String, Object> spread(List<Sized> things) {
        int[] sizes = things.stream().mapToInt(Sized::size).sorted().toArray();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("count", sizes.length);
        figures.put("p90", sizes.length == 0 ? 0 : sizes[(int) Math.ceil(sizes.length * 0.9) - 1]);
        figures.putAll(largest(things));
        return figures;
    }

    private static Map<String, Object> largest(List<Sized> things) {
        Sized largest =
                things.stream().max(Comparator.comparingInt(Sized::size)).orElse(new Sized("", 0));
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("max", largest.size());
        figures.put("where", largest.name());
        return figures;
    }

    private static double ratio(double part, double whole) {
        return whole == 0 ? 0 : Math.round(part / whole * 1000) / 1000.0;
    }
}
