package dev.entente.server.console;

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
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A browser that keeps this machine's cookies and follows no redirect. It uses the same cookies for all coordinators,
 * as behind a load balancer: cookies are kept without the port in their name.
 */
final class Browser {
    static final String[] OWN = {"Sec-Fetch-Site", "same-origin"};
    private static final HttpClient PLAIN = HttpClient.newHttpClient();

    final Map<String, String> cookies = new LinkedHashMap<>();
    private final HttpClient http;
    private final String scheme;

    Browser() {
        this(PLAIN, "http");
    }

    Browser(HttpClient http, String scheme) {
        this.http = http;
        this.scheme = scheme;
    }

    /** @param headers name, value, name, value */
    HttpResponse<String> get(LocalCoordinator from, String path, String... headers) {
        return send(request(from, path, headers), HttpResponse.BodyHandlers.ofString());
    }

    /** @param accepted the media type, instead of HTML */
    <T> HttpResponse<T> get(LocalCoordinator from, String path, String accepted, HttpResponse.BodyHandler<T> body) {
        return send(request(from, path).setHeader("Accept", accepted), body);
    }

    int status(LocalCoordinator from, String path) {
        return get(from, path).statusCode();
    }

    /** Posts a form of the console's own pages. */
    HttpResponse<String> post(LocalCoordinator to, String path, Map<String, String> form) {
        return post(to, path, form, OWN);
    }

    HttpResponse<String> post(LocalCoordinator to, String path, Map<String, String> form, String... headers) {
        return post(to, path, encoded(form), headers);
    }

    HttpResponse<String> post(LocalCoordinator to, String path, String form, String... headers) {
        HttpRequest.Builder request = request(to, path, headers)
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .header("Content-Type", "application/x-www-form-urlencoded");
        return send(request, HttpResponse.BodyHandlers.ofString());
    }

    static String encoded(Map<String, String> form) {
        return form.entrySet().stream()
                .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    /** Signs in and returns the response. */
    HttpResponse<String> signIn(LocalCoordinator at, String secret, String to) {
        return post(at, "sign-in", Map.of("user", "vic@shop", "token", secret, "to", to));
    }

    /** Returns the name of the session's cookie, without the port. */
    String sessionName() {
        return cookies.keySet().stream()
                .filter(name -> name.contains("entente-session-"))
                .findFirst()
                .orElse("no session");
    }

    /** Returns the id of the session on this machine, in plain text. */
    String session() {
        return Objects.requireNonNull(cookies.get(sessionName()), "no session began");
    }

    private HttpRequest.Builder request(LocalCoordinator of, String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(scheme + "://" + of.server.ready().http() + "/" + path))
                .header("Accept", "text/html");
        // One header for each cookie, as browsers send cookies over HTTP/2.
        String http = of.server.ready().http();
        String port = http.substring(http.lastIndexOf(':') + 1);
        cookies.forEach((name, value) ->
                request.header("Cookie", name + (name.contains("session") ? "-" + port : "") + "=" + value));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body) {
        try {
            HttpResponse<T> answer = http.send(request.build(), body);
            answer.headers().allValues("Set-Cookie").forEach(this::keep);
            return answer;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void keep(String cookie) {
        String[] pair = cookie.substring(0, cookie.indexOf(';')).split("=", 2);
        String name = pair[0].replaceFirst("-\\d+$", "");
        if (cookie.contains("Max-Age=0")) {
            cookies.remove(name);
        } else {
            cookies.put(name, pair[1]);
        }
    }
}
