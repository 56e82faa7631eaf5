import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An occurrence of a word with a plainer replacement, in a name, a comment, a text or a document.
 *
 * @param path the file
 * @param line the number of the line, from 1
 * @param group the word in its basic form
 * @param found the form in this line
 */
record ReplacedWords(String path, int line, String group, String found) {
    private static final Pattern FILE = Pattern.compile(".*\\.(java|proto|properties|jte|sql|md)");
    /** Excluded files: generated files, past decisions, and texts in Chinese. */
    private static final Pattern LEFT_OUT = Pattern.compile(
            "(.*/)?(target|node_modules|\\.git)/.*|docs/(adr|source-figures)/.*|CHANGELOG\\.md|.*zh.CN.*");

    /** A word of a text, or a part of a name such as {@code isToldTo} or {@code MOST_LANES}. */
    private static final Pattern WORD = Pattern.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])");

    private static final Pattern START = Pattern.compile(
            "(?:^[\\s/*#>|-]*|[.!?:] )(Those|Nor|So|The same(?= (?:is|are|holds|for|as|if|when)\\b|[,.;]))\\b");
    private static final String START_GROUP = "sentence_start";

    private static final Map<String, List<String>> GROUPS = new LinkedHashMap<>();

    static {
        GROUPS.put("nobody", List.of("nobody", "somebody", "whoever"));
        GROUPS.put("stand", List.of("stand", "stands", "stood"));
        GROUPS.put("told", List.of("told", "tells"));
        GROUPS.put("mend", List.of("mend", "mends", "mended", "mending"));
        GROUPS.put("lane", List.of("lane", "lanes"));
        GROUPS.put(START_GROUP, List.of());
    }

    /** Returns all occurrences below {@code root}, in the order of paths and lines. */
    static List<ReplacedWords> find(Path root) throws IOException {
        List<ReplacedWords> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String path = root.relativize(file).toString().replace('\\', '/');
                if (FILE.matcher(path).matches() && !LEFT_OUT.matcher(path).matches()) {
                    read(path, Files.readAllLines(file), found);
                }
            }
        }
        return found;
    }

    private static void read(String path, List<String> lines, List<ReplacedWords> found) {
        for (int number = 1; number <= lines.size(); number++) {
            String line = lines.get(number - 1);
            for (Matcher word = WORD.matcher(line); word.find(); ) {
                for (Map.Entry<String, List<String>> group : GROUPS.entrySet()) {
                    if (group.getValue().contains(word.group().toLowerCase(Locale.ROOT))) {
                        found.add(new ReplacedWords(path, number, group.getKey(), word.group()));
                    }
                }
            }
            for (Matcher start = START.matcher(line); start.find(); ) {
                found.add(new ReplacedWords(path, number, START_GROUP, start.group(1)));
            }
        }
    }

    /** Returns the number of each group's occurrences in main sources, tests and documents. */
    static Map<String, Object> figures(List<ReplacedWords> all) {
        Map<String, Object> figures = new LinkedHashMap<>();
        for (String group : GROUPS.keySet()) {
            Map<String, Object> places = new LinkedHashMap<>();
            for (String place : List.of("main", "test", "document")) {
                places.put(
                        place,
                        all.stream()
                                .filter(each ->
                                        each.group.equals(group) && each.place().equals(place))
                                .count());
            }
            figures.put(group, places);
        }
        return figures;
    }

    private String place() {
        return path.endsWith(".md") ? "document" : path.contains("/src/test/") ? "test" : "main";
    }
}
