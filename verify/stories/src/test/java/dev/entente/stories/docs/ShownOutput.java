package dev.entente.stories.docs;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compares the output of a command with the lines that a page shows below the command. */
final class ShownOutput {
    /** Numbers and the widths of columns differ from run to run. */
    private static final Pattern NUMBER = Pattern.compile("\\d+([.:-]\\d+)*");

    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[\\d;]*m");

    private final Pattern expected;

    /**
     * Expects the page's lines in their order. Other lines may come between them only at a line {@code …}. Within a
     * line, {@code …} matches any text.
     */
    ShownOutput(List<String> shown) {
        expected = Pattern.compile(comparable(shown.stream())
                .map(line -> line.equals(ConsoleExample.OMITTED) ? "(?:.*\n)*?" : pattern(line) + "\n")
                .collect(Collectors.joining()));
    }

    private static String pattern(String line) {
        return Pattern.quote(line).replace(ConsoleExample.OMITTED, "\\E.*\\Q");
    }

    /** Returns whether the output matches, ignoring numbers, blanks, empty lines and colours. */
    boolean matches(String printed) {
        String lines = comparable(printed.lines()).map(line -> line + "\n").collect(Collectors.joining());
        return expected.matcher(lines).matches();
    }

    private static Stream<String> comparable(Stream<String> lines) {
        return lines.map(line -> COLOUR.matcher(line).replaceAll(""))
                .map(line -> NUMBER.matcher(line).replaceAll("#"))
                .map(line -> BLANKS.matcher(line).replaceAll(" ").strip())
                .filter(line -> !line.isEmpty());
    }

    @Override
    public String toString() {
        return expected.toString();
    }
}
