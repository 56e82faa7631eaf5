import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One document: {@code README*.md} or a page below {@code docs}.
 *
 * @param longLines the numbers of the lines over 120 columns, without code and rows of tables
 */
record Prose(String path, List<Integer> longLines) {
    static List<Prose> find(Path root) throws IOException {
        List<Prose> found = new ArrayList<>();
        try (Stream<Path> files = Stream.concat(Files.list(root), below(root.resolve("docs")))) {
            for (Path file : files.filter(Prose::isDocument).sorted().toList()) {
                found.add(new Prose(root.relativize(file).toString().replace('\\', '/'), longLines(file)));
            }
        }
        return found.stream()
                .filter(each -> each.path.matches("README[^/]*|docs/.*"))
                .toList();
    }

    private static Stream<Path> below(Path folder) throws IOException {
        return Files.isDirectory(folder) ? Files.walk(folder) : Stream.empty();
    }

    private static boolean isDocument(Path file) {
        return file.toString().endsWith(".md") && Files.isRegularFile(file);
    }

    private static List<Integer> longLines(Path file) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        boolean isCode = false;
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (line.strip().startsWith("```")) {
                isCode = !isCode;
            } else if (!isCode
                    && !line.strip().startsWith("|")
                    && line.codePoints().count() > MeasuredFile.LINE_COLUMNS) {
                numbers.add(number);
            }
        }
        return numbers;
    }
}
