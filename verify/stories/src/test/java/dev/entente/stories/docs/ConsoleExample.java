package dev.entente.stories.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One command of a page's {@code console} blocks, with the output below it.
 * @param command the text behind the prompt, with the lines of its here-document
 * @param output the lines below the command; {@code …} matches any number of omitted lines
 */
record ConsoleExample(String command, List<String> output) {
    /** A line of a page that replaces omitted lines. */
    static final String OMITTED = "…";

    private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern HERE_DOCUMENT = Pattern.compile("<<'?(\\w+)'?");
    private static final String PROMPT = "$ ";

    /** Reads all examples of a page, in page order. */
    static List<ConsoleExample> read(Path page) throws IOException {
        return parse(Files.readString(page));
    }

    /** Reads all examples of a text, in text order. */
    static List<ConsoleExample> parse(String text) {
        List<ConsoleExample> examples = new ArrayList<>();
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            addExamples(block.group(1), examples);
        }
        return examples;
    }

    private static void addExamples(String block, List<ConsoleExample> examples) {
        Iterator<String> lines = block.lines().iterator();
        List<String> output = new ArrayList<>();
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.startsWith(PROMPT)) {
                output = new ArrayList<>();
                examples.add(new ConsoleExample(command(line.substring(PROMPT.length()), lines), output));
            } else {
                output.add(line);
            }
        }
    }

    private static String command(String first, Iterator<String> lines) {
        StringBuilder command = new StringBuilder(first);
        Matcher start = HERE_DOCUMENT.matcher(first);
        String delimiter = start.find() ? start.group(1) : null;
        String line = first;
        while (lines.hasNext() && (line.endsWith("\\") || delimiter != null)) {
            line = lines.next();
            command.append('\n').append(line);
            delimiter = line.equals(delimiter) ? null : delimiter;
        }
        return command.toString();
    }
}
