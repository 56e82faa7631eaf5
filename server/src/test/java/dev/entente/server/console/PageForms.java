package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.LocalCoordinator;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Asks a coordinator's console for pages, and sends their forms, as a browser does. */
record PageForms(LocalCoordinator coordinator) {
    private static final Pattern FIELD =
            Pattern.compile("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\">");
    private static final Pattern TEXT = Pattern.compile("<textarea[^>]* name=\"(\\w+)\"[^>]*>\n(.*?)</textarea>", 32);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://" + coordinator.server.ready().http() + "/" + path));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.header("Accept", "text/html").build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Returns a page that is there. */
    String page(String path, String... headers) {
        HttpRequest.Builder request = request(path);
        HttpResponse<String> response = send(headers.length == 0 ? request : request.headers(headers));
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

    HttpResponse<String> post(String path, Map<String, String> form) {
        return post(path, form, "same-origin");
    }

    HttpResponse<String> post(String path, Map<String, String> form, String site) {
        String body = form.entrySet().stream()
                .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        HttpResponse<String> response = send(request(path)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Sec-Fetch-Site", site));
        if (response.statusCode() != 303) {
            MarkupRules.hold(response.body());
        }
        return response;
    }
}
