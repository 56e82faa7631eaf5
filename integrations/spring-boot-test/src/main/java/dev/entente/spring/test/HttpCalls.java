package dev.entente.spring.test;

import com.google.protobuf.ByteString;
import dev.entente.spring.test.HttpBridge.Request;
import dev.entente.spring.test.HttpBridge.Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Locale;

/**
 * Calls to a participant with a port.
 *
 * @param base its URL
 */
record HttpCalls(String base) implements HttpBridge.Calls {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Override
    public Response deliver(Request request) throws IOException, InterruptedException {
        HttpRequest.Builder call = HttpRequest.newBuilder(URI.create(base.replaceAll("/$", "") + request.uri()))
                .method(
                        request.method(),
                        BodyPublishers.ofByteArray(request.body().toByteArray()));
        request.headers().forEach((name, values) -> {
            if (!HttpBridge.OF_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> call.header(name, value));
            }
        });
        HttpResponse<byte[]> response = CLIENT.send(call.build(), BodyHandlers.ofByteArray());
        return new Response(response.statusCode(), response.headers().map(), ByteString.copyFrom(response.body()));
    }
}
