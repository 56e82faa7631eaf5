package dev.entente.spring;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import org.springframework.context.ApplicationContext;

/** Sends requests to a web application on loopback and blocks until the response is complete. */
final class TestRequests {
    private TestRequests() {}

    /** @param headers alternating names and values */
    static HttpResponse<String> send(
            ApplicationContext application, String method, String path, String body, String... headers) {
        return send(BodyHandlers.ofString(), application, method, path, body, headers);
    }

    static <T> HttpResponse<T> send(
            BodyHandler<T> reading,
            ApplicationContext application,
            String method,
            String path,
            String body,
            String... headers) {
        String port = application.getEnvironment().getProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return HttpClient.newHttpClient().send(request.build(), reading);
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
