package dev.entente.server.cli.text;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of a command that lists, page by page. */
public final class PageOptions {
    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "At most so many (default: 50), and at most what the server allows (500).")
    private int limit;

    @Option(names = "--page-token", paramLabel = "TOKEN", description = "Where the page before said to go on.")
    private String token = "";

    /** Made by picocli. */
    public PageOptions() {}

    /** How many rows a page may have, or 0 where nothing was said. */
    public int limit() {
        return limit;
    }

    /** The token that the page before gave, or empty for the first one. */
    public String token() {
        return token;
    }

    /** Prints one page, and how to ask for the next one if there is one. */
    public static void print(PrintWriter out, List<String> header, List<List<String>> rows, String nextToken) {
        Lines.table(out, header, rows);
        if (!nextToken.isEmpty()) {
            out.println("more: --page-token " + nextToken);
        }
    }
}
