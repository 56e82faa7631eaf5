package dev.entente.lab.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands and files of the tutorial, in the order in which a reader comes to them. */
final class TutorialPage {
    /** One thing that the reader does. */
    sealed interface Step {}

    /** Types a command and waits for what the page shows below it. */
    record Type(ConsoleExample example) implements Step {}

    /**
     * Writes a file.
     *
     * @param path from the folder in which the reader began
     */
    record Write(String path, String text) implements Step {}

    private static final Pattern STEP = Pattern.compile(
            "\\*\\*`(?<path>[^`]+)`\\*\\*\n\n```\\w+\n(?<text>.*?)```|```console\n.*?```", Pattern.DOTALL);

    private TutorialPage() {}

    /** Reads all steps of a page, each line of which is changed first. */
    static List<Step> read(Path page, UnaryOperator<String> change) throws IOException {
        List<Step> steps = new ArrayList<>();
        Matcher found = STEP.matcher(change.apply(Files.readString(page)));
        while (found.find()) {
            if (found.group("path") == null) {
                ConsoleExample.parse(found.group()).forEach(example -> steps.add(new Type(example)));
            } else {
                steps.add(new Write(found.group("path"), found.group("text")));
            }
        }
        return steps;
    }
}
