package dev.entente.core.decision;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads a table of {@code operations.txt}. Tests compare each cell with the program. */
public final class DocumentTable {
    private static final Path HANDBOOK = Path.of("src/test/resources/operations.txt");

    private DocumentTable() {}

    /** One cell, with the labels of its row and the header of its column. */
    public record Cell(List<String> row, String column, String text) {
        @Override
        public String toString() {
            return String.join(", ", row) + " | " + column;
        }
    }

    /**
     * Returns the cells of the first table below the heading.
     *
     * @param labels the number of cells at the beginning of each row that are labels of the row
     */
    public static List<Cell> below(String heading, int labels) {
        List<String> lines = lines();
        int at = lines.indexOf(heading);
        if (at < 0) {
            throw new IllegalArgumentException("operations.txt has no heading " + heading);
        }
        List<List<String>> table = lines.subList(at, lines.size()).stream()
                .dropWhile(line -> !line.startsWith("|"))
                .takeWhile(line -> line.startsWith("|"))
                .map(DocumentTable::cells)
                .toList();
        List<Cell> cells = new ArrayList<>();
        for (List<String> row : table.subList(2, table.size())) {
            for (int column = labels; column < row.size(); column++) {
                cells.add(new Cell(row.subList(0, labels), table.getFirst().get(column), row.get(column)));
            }
        }
        return cells;
    }

    private static List<String> lines() {
        try {
            return Files.readAllLines(HANDBOOK);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> cells(String line) {
        return Arrays.stream(line.substring(1, line.lastIndexOf('|')).split("\\|", -1))
                .map(String::strip)
                .toList();
    }
}
