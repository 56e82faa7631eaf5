package dev.entente.stories.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A simple command on a page: in a shell block, or as code within a sentence.
 * @param words the command and its arguments, without pipes and comments
 */
record PageCommand(Path page, List<String> words) {
    private static final Pattern SHELL = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CONSOLE = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern BLOCK = Pattern.compile("```.*?```", Pattern.DOTALL);
    private static final Pattern CODE = Pattern.compile("`((?:\\./|docs/|deploy/|verify/|entente |mvn )[^`\n<]*)`");
    private static final Pattern COMMENT = Pattern.compile("(^|\\s)#.*");
    private static final Pattern HERE_DOCUMENT = Pattern.compile("<<'?(\\w+)'?\n.*?\n\\1\n", Pattern.DOTALL);
    private static final Pattern CONTINUED = Pattern.compile("\\\\\n\\s*");
    private static final Pattern BETWEEN = Pattern.compile("\\s(?:\\||&&|\\|\\||>|<|<<)\\s|<\\(|\\)|\n");

    /** Reads all commands of a page, commands in blocks first. */
    static List<PageCommand> read(Path page) {
        String text;
        try {
            text = Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Stream<String> blocks = SHELL.matcher(text).results().map(PageCommand::body);
        Stream<String> prompts = CONSOLE.matcher(text)
                .results()
                .map(PageCommand::body)
                .flatMap(block -> block.lines().filter(line -> line.startsWith("$ ")))
                .map(line -> line.substring(2));
        Stream<String> spans =
                CODE.matcher(BLOCK.matcher(text).replaceAll("")).results().map(PageCommand::body);
        return Stream.of(blocks, prompts, spans)
                .flatMap(all -> all)
                .flatMap(PageCommand::simple)
                .map(words -> new PageCommand(page, words))
                .toList();
    }

    private static String body(MatchResult found) {
        return found.group(1);
    }

    private static Stream<List<String>> simple(String shell) {
        String joined =
                CONTINUED.matcher(HERE_DOCUMENT.matcher(shell).replaceAll("\n")).replaceAll(" ");
        return joined.lines()
                .map(line -> COMMENT.matcher(line).replaceAll(""))
                .flatMap(BETWEEN::splitAsStream)
                .map(command -> Arrays.stream(command.strip().split("\\s+"))
                        .filter(word -> !word.isEmpty())
                        .toList())
                .filter(words -> !words.isEmpty());
    }

    @Override
    public String toString() {
        return page.getFileName() + ": " + String.join(" ", words);
    }
}
