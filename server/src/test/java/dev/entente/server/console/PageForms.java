package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.LocalCoordinator;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Gets pages of a coordinator's console and sends their forms, as a user without cookies. */
record PageForms(LocalCoordinator coordinator) {
    private static final Pattern FIELD =
            Pattern.compile("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\">");
    private static final Pattern TEXT = Pattern.compile("<textarea[^>]* name=\"(\\w+)\"[^>]*>\n(.*?)</textarea>", 32);
    private static final Pattern NEXT = Pattern.compile("rel=\"next\" href=\"([^\"]+)\"");
    private static final int MAX_PAGES = 10;

    /** @param headers name, value, name, value */
    HttpResponse<String> get(String path, String... headers) {
        return new Browser().get(coordinator, path, headers);
    }

    /** Returns an existing page. */
    String page(String path, String... headers) {
        HttpResponse<String> response = get(path, headers);
        assertThat(response.statusCode()).as(path).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
                .startsWith("default-src 'none'; style-src 'self'; script-src 'self'")
                .doesNotContain("unsafe");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.body().length()).as("size of %s", path).isLessThan(300_000);
        MarkupRules.verify(response.body());
        return response.body();
    }

    /** Returns a page and all its next pages. */
    List<String> pages(String path) {
        List<String> pages = new ArrayList<>();
        for (String next = path; !next.isEmpty(); next = next(pages.getLast())) {
            assertThat(pages).hasSizeLessThan(MAX_PAGES);
            pages.add(page(next));
        }
        return pages;
    }

    /** Returns the link to the next page, or the empty text. */
    static String next(String html) {
        return NEXT.matcher(html)
                .results()
                .map(one -> one.group(1).replace("&amp;", "&"))
                .findFirst()
                .orElse("");
    }

    /** Returns the hidden fields and text areas of a page's last form. */
    static Map<String, String> form(String html) {
        String form = html.substring(html.lastIndexOf("method=\"post\""));
        Map<String, String> fields = new LinkedHashMap<>();
        FIELD.matcher(form).results().forEach(one -> fields.put(one.group(1), text(one.group(2))));
        TEXT.matcher(form).results().forEach(one -> fields.put(one.group(1), text(one.group(2))));
        return fields;
    }

    /** Returns the form of a page with one more field. */
    Map<String, String> form(String path, String field, String value) {
        Map<String, String> fields = form(page(path));
        fields.put(field, value);
        return fields;
    }

    private static String text(String html) {
        return html.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
    }

    /** @param headers name, value, name, value; none for those of the console's own pages */
    HttpResponse<String> post(String path, Map<String, String> form, String... headers) {
        return post(path, Browser.encoded(form), headers);
    }

    HttpResponse<String> post(String path, String form, String... headers) {
        HttpResponse<String> answer =
                new Browser().post(coordinator, path, form, headers.length == 0 ? Browser.OWN : headers);
        if (answer.headers().firstValue("Content-Type").orElse("").startsWith("text/html")
                && answer.statusCode() != 303) {
            MarkupRules.verify(answer.body());
        }
        return answer;
    }
}
