package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** Holds a page of the documentation against what the program says, or writes it anew. */
public final class WrittenPage {
    private static final String WRITE = "entente.docs.write";

    private WrittenPage() {}

    /**
     * Fails where the page is not what it should be; with {@code -Dentente.docs.write=true} it becomes so.
     *
     * @param name within the folder of documents
     * @param written makes of the page what it should be
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

    /** Returns the page with another text in the place of the table that begins so, up to an empty line. */
    public static String withTable(String page, String beginning, String table) {
        int from = page.indexOf(beginning);
        int to = (page + "\n\n").indexOf("\n\n", from) + 1;
        return page.substring(0, from) + table + page.substring(Math.min(to, page.length()));
    }
}
