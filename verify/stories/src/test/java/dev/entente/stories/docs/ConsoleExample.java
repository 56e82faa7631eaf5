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
 * One command of a page's {@code console} blocks, with the output that stands below it.
 *
 * @param command as it stands behind the prompt, with the lines of its here-document
 * @param output the lines below it; {@code …} stands for any number of lines that the page leaves out
 */
record ConsoleExample(String command, List<String> output) {
    /** A line of a page that stands for lines left out. */
    static final String LEFT_OUT = "…";

    private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern HERE_DOCUMENT = Pattern.compile("<<'?(\\w+)'?");
    private static final String PROMPT = "$ ";

    /** Reads all of a page, in its order. */
    static List<ConsoleExample> read(Path page) throws IOException {
        return parse(Files.readString(page));
    }

    /** Reads all of a text, in its order. */
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
        Matcher begun = HERE_DOCUMENT.matcher(first);
        String end = begun.find() ? begun.group(1) : null;
        String line = first;
        while (lines.hasNext() && (line.endsWith("\\") || end != null)) {
            line = lines.next();
            command.append('\n').append(line);
            end = line.equals(end) ? null : end;
        }
        return command.toString();
    }
}
