package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Verifies the words of the texts that users read: messages, help, templates and message properties. */
class UserTextsTest {
    private static final Path ROOT = Path.of("..");
    private static final List<String> FOLDERS = List.of("proto", "core", "client-sdk", "server", "cli", "integrations");
    private static final Pattern MAIN = Pattern.compile(".*/src/main/.*(\\.java|\\.jte|messages\\w*\\.properties)");

    /** Words with a plainer replacement; docs/measure-source counts them everywhere. */
    private static final Pattern REPLACED = Pattern.compile(
            "\\b(nobody|somebody|whoever|stands?|stood|told|tells|mend(s|ed|ing)?|lanes?|outwaits?|foretold|foretells?)\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern LITERAL =
            Pattern.compile("/\\*.*?\\*/|//[^\n]*|(\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\n])*\")", Pattern.DOTALL);

    @Test
    void texts_for_users_contain_no_replaced_word() throws IOException {
        List<String> texts = new ArrayList<>();
        for (String folder : FOLDERS) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                for (Path file : files.filter(
                                each -> MAIN.matcher(each.toString()).matches())
                        .toList()) {
                    read(file, texts);
                }
            }
        }
        assertThat(texts).hasSizeGreaterThan(3000);
        assertThat(texts).filteredOn(text -> REPLACED.matcher(text).find()).isEmpty();
    }

    /** Adds the literals of a Java file that are sentences, or the lines of another file, each with its file. */
    private static void read(Path file, List<String> texts) throws IOException {
        String content = Files.readString(file);
        if (!file.toString().endsWith(".java")) {
            content.lines().filter(line -> !line.startsWith("#")).forEach(line -> texts.add(file + ": " + line));
            return;
        }
        for (Matcher literal = LITERAL.matcher(content); literal.find(); ) {
            if (literal.group(1) != null && literal.group(1).contains(" ")) {
                texts.add(file + ": " + literal.group(1));
            }
        }
    }
}
