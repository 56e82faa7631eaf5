package dev.entente.rig;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

/**
 * The line that a coordinator prints when it is ready to serve.
 *
 * @param grpc host and port
 * @param http host and port
 * @param jdbc the URL of its database
 * @param schema the version of its database's schema
 * @param recovered the number of open transactions found at the start
 * @param readyMs milliseconds since the coordinator read its configuration
 */
public record Ready(String grpc, String http, String jdbc, String schema, long recovered, long pid, long readyMs) {
    private static final Gson SNAKE = new GsonBuilder()
            .disableHtmlEscaping()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .create();

    /** Parses a ready line. */
    public static Ready parse(String line) {
        return SNAKE.fromJson(line, Ready.class);
    }

    /** Returns the ready line as JSON, as {@code dev --json} prints it. */
    public String toJson() {
        return SNAKE.toJson(this);
    }

    /** Returns the port of the gRPC address. */
    public int grpcPort() {
        return port(grpc);
    }

    /** Returns the port of the HTTP address. */
    public int httpPort() {
        return port(http);
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }
}
