package dev.entente.server.app;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Calls a coordinator by JSON over HTTP, as any HTTP client does. */
final class JsonClient {
    private final String server;
    private final HttpClient client;

    /** @param server {@code http://host:port} */
    JsonClient(String server, HttpClient client) {
        this.server = server;
        this.client = client;
    }

    /** A response: its status and its JSON. */
    record Answer(int status, JsonObject json, HttpResponse<String> http) {
        String text(String field) {
            return json.get(field).getAsString();
        }

        /** Returns the code in Google's ErrorInfo. */
        String reason() {
            return json.getAsJsonArray("details")
                    .get(0)
                    .getAsJsonObject()
                    .getAsJsonObject("debug")
                    .get("reason")
                    .getAsString();
        }
    }

    /**
     * Blocks.
     *
     * @param method as {@code TransactionService/GetTransaction}
     * @param headers name, value, name, value
     */
    Answer call(String method, String json, String... headers) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(method, json, headers);
        return new Answer(
                answer.statusCode(), JsonParser.parseString(answer.body()).getAsJsonObject(), answer);
    }

    /** Returns the unparsed response. Blocks. */
    HttpResponse<String> send(String method, String json, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + "/entente.v1." + method))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
