package dev.entente.rig;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

/**
 * The line that a coordinator prints once it serves.
 *
 * @param grpc host and port
 * @param http host and port
 * @param jdbc the URL of its database
 * @param schema the version of its database's schema
 * @param recovered open transactions that it found
 * @param readyMs milliseconds from when its configuration was read
 */
public record Ready(String grpc, String http, String jdbc, String schema, long recovered, long pid, long readyMs) {
    private static final Gson SNAKE = new GsonBuilder()
            .disableHtmlEscaping()
            .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
            .create();

    /** Reads such a line. */
    public static Ready parse(String line) {
        return SNAKE.fromJson(line, Ready.class);
    }

    /** The same line again, as {@code dev --json} prints it. */
    public String toJson() {
        return SNAKE.toJson(this);
    }

    /** The port alone. */
    public int grpcPort() {
        return port(grpc);
    }

    /** The same of HTTP. */
    public int httpPort() {
        return port(http);
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }
}
