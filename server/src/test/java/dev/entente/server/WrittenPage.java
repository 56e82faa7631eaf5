package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** Verifies a page of the documentation against the program's values, or rewrites the page. */
public final class WrittenPage {
    private static final String WRITE = "entente.docs.write";

    private WrittenPage() {}

    /**
     * Fails if the page differs from the expected text; with {@code -Dentente.docs.write=true} the page is rewritten
     * instead.
     *
     * @param name the file in the folder of documents
     * @param written makes the expected page from the current page
     */
    public static void hold(String name, UnaryOperator<String> written) throws IOException {
        Path file = Path.of("..", "docs", name);
        String page = Files.readString(file);
        String wanted = written.apply(page);
        if (Boolean.getBoolean(WRITE)) {
            Files.writeString(file, wanted);
        } else {
            assertThat(page)
                    .as("docs/%s; if that is meant, write it anew with -D%s=true", name, WRITE)
                    .isEqualTo(wanted);
        }
    }

    /**
     * Returns the page with another text in the place of the table that starts with {@code beginning} and ends at an
     * empty line.
     */
    public static String withTable(String page, String beginning, String table) {
        int from = page.indexOf(beginning);
        int to = (page + "\n\n").indexOf("\n\n", from) + 1;
        return page.substring(0, from) + table + page.substring(Math.min(to, page.length()));
    }
}
