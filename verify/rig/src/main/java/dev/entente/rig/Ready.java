package dev.entente.rig;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

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
    static Ready parse(String line) {
        JsonObject json = JsonParser.parseString(line).getAsJsonObject();
        return new Ready(
                json.get("grpc").getAsString(),
                json.get("http").getAsString(),
                json.get("jdbc").getAsString(),
                json.get("schema").getAsString(),
                json.get("recovered").getAsLong(),
                json.get("pid").getAsLong(),
                json.get("ready_ms").getAsLong());
    }

    /** The same line again, as {@code dev --json} prints it. */
    public String toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("grpc", grpc);
        json.addProperty("http", http);
        json.addProperty("jdbc", jdbc);
        json.addProperty("schema", schema);
        json.addProperty("recovered", recovered);
        json.addProperty("pid", pid);
        json.addProperty("ready_ms", readyMs);
        return json.toString();
    }

    int grpcPort() {
        return port(grpc);
    }

    int httpPort() {
        return port(http);
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }
}
