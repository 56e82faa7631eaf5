package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.LocalCoordinator;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Asks a coordinator's console for pages, and sends their forms, as a browser does. */
record PageForms(LocalCoordinator coordinator) {
    private static final Pattern FIELD =
            Pattern.compile("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\">");
    private static final Pattern TEXT = Pattern.compile("<textarea[^>]* name=\"(\\w+)\"[^>]*>\n(.*?)</textarea>", 32);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** It has no cookies, whatever it was given before. */
    private static Browser browser() {
        return new Browser(HTTP, "http");
    }

    /** @param headers name, value, name, value */
    HttpResponse<String> get(String path, String... headers) {
        return browser().get(coordinator, path, headers);
    }

    /** Returns a page that is there. */
    String page(String path, String... headers) {
        HttpResponse<String> response = get(path, headers);
        assertThat(response.statusCode()).as(path).isEqualTo(200);
        MarkupRules.hold(response.body());
        return response.body();
    }

    /** Returns the fields of a page's form that the visitor did not fill in. */
    static Map<String, String> form(String html) {
        String form = html.substring(html.indexOf("method=\"post\""));
        Map<String, String> fields = new LinkedHashMap<>();
        FIELD.matcher(form).results().forEach(one -> fields.put(one.group(1), text(one.group(2))));
        TEXT.matcher(form).results().forEach(one -> fields.put(one.group(1), text(one.group(2))));
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
        return held(browser().post(coordinator, path, form, headers.length == 0 ? Browser.OWN : headers));
    }

    HttpResponse<String> post(String path, String form, String... headers) {
        return held(browser().post(coordinator, path, form, headers.length == 0 ? Browser.OWN : headers));
    }

    private static HttpResponse<String> held(HttpResponse<String> answer) {
        if (answer.headers().firstValue("Content-Type").orElse("").startsWith("text/html")
                && answer.statusCode() != 303) {
            MarkupRules.hold(answer.body());
        }
        return answer;
    }
}
