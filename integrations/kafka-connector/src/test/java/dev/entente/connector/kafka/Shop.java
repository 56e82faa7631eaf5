package dev.entente.connector.kafka;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** An HTTP participant that charges accounts and refuses the account {@code unknown}. */
final class Shop implements AutoCloseable {
    private final HttpServer http;

    Shop() {
        try {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException occupied) {
            throw new UncheckedIOException(occupied);
        }
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/charges", Shop::charge);
        http.start();
    }

    String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    private static void charge(HttpExchange call) throws IOException {
        String request = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        boolean isRefused = request.contains("unknown");
        String response = isRefused
                ? "{\"entente\":{\"reason\":\"REJECTED\",\"code\":\"NO_ACCOUNT\"}}"
                : "{\"charge\":{\"id\":\"c-7\"}}";
        byte[] body = response.getBytes(StandardCharsets.UTF_8);
        call.getResponseHeaders().set("content-type", "application/json");
        call.sendResponseHeaders(isRefused ? 409 : 200, body.length);
        call.getResponseBody().write(body);
        call.close();
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
