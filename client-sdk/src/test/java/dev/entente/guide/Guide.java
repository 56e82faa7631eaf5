package dev.entente.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Compares the Java of a page of the documentation with examples that compile. */
public final class Guide {
    private static final Path HOME = Path.of(System.getProperty("entente.home", ".."));
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    private Guide() {}

    /**
     * Fails unless the page has this number of Java blocks, and each block is in one of the examples.
     *
     * @param page relative to the repository
     * @param examples names of classes in the folder {@code guide} of the module under test
     */
    public static void hold(String page, int blocks, String... examples) throws IOException {
        StringBuilder code = new StringBuilder();
        for (String example : examples) {
            code.append(Files.readString(Path.of("src/test/java/dev/entente/guide/" + example + ".java")));
        }
        List<String> found =
                JAVA.matcher(read(page)).results().map(block -> block.group(1)).toList();
        assertThat(found)
                .hasSize(blocks)
                .allSatisfy(block -> assertThat(withoutSpace(code.toString())).contains(withoutSpace(block)));
    }

    /** Returns the text of a page. */
    public static String read(String page) throws IOException {
        return Files.readString(HOME.resolve(page));
    }

    private static String withoutSpace(String code) {
        return code.replaceAll("\\s", "");
    }
}
