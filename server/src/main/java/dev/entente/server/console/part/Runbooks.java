package dev.entente.server.console.part;

import java.util.Locale;
import java.util.regex.Pattern;

/** The page of {@code docs/runbooks.md}: the headings are anchors, and links to other documents are plain text. */
public final class Runbooks {
    static final String PATH = "runbooks";
    private static final Pattern HEADING = Pattern.compile("(?m)^## (.*)$");

    private Runbooks() {}

    /** Returns the link to an alert's section, relative to the console's root. */
    public static String link(String alert) {
        return PATH + "#" + anchor(alert);
    }

    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    /** @param markdown with the elements that the document uses: headings, lists, links, code, bold text */
    static String html(String markdown, String stylesheet) {
        String body = markdown.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replaceAll("\\[([^]]+)]\\((#[^)]*)\\)", "<a href=\"$2\">$1</a>")
                .replaceAll("\\[([^]]+)]\\([^)]*\\)", "$1")
                .replaceAll("(?m)^# (.*)$", "<h1>$1</h1>")
                .replaceAll("(?s)```\\w+\n(.*?)```", "<pre>$1</pre>")
                .replaceAll("(?s)(?<=\n\n)([A-Z].*?)(?=\n\n|\n$)", "<p>$1</p>")
                .replaceAll("(?s)(?<=\n)- (.*?)(?=\n- |\n\n)", "<li>$1</li>")
                .replaceAll("(?s)(?<=\n\n)<li>.*?</li>(?=\n\n)", "<ul>$0</ul>")
                .replaceAll("\\*\\*(\\w+)\\*\\*", "<strong>$1</strong>")
                .replaceAll("\\*([^*]+)\\*", "<em>$1</em>")
                .replaceAll("`([^`]+)`", "<code>$1</code>");
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Runbooks - Entente</title><link rel="stylesheet" href="%s"></head><body><main>
            <p><a href="./">Entente</a></p>
            %s</main></body></html>
            """.formatted(
                stylesheet,
                HEADING.matcher(body)
                        .replaceAll(found -> "<h2 id=\"" + anchor(found.group(1)) + "\">" + found.group(1) + "</h2>"));
    }
}
