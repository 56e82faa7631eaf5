package dev.entente.core.transaction;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The address of an operation. */
public sealed interface Target {
    /** Returns the participant's configured name, or {@code host:port} where the allow-list permits it. */
    String participant();

    /**
     * Returns the address as text: {@code stock/shop.v1.StockService/Reserve}, {@code POST crm/mails}; empty where
     * there is no call.
     */
    String text();

    /**
     * A unary gRPC method.
     *
     * @param method {@code package.Service/Method}, without a leading slash
     */
    record Grpc(String participant, String method) implements Target {
        @Override
        public String text() {
            return participant.isEmpty() ? "" : participant + "/" + method;
        }
    }

    /**
     * A request over HTTP.
     *
     * @param method GET, POST, PUT, PATCH or DELETE
     * @param path from the first slash on, with its query; it is appended to the participant's own path
     * @param headers in addition to Entente's own, sorted by name
     */
    record Http(String participant, String method, String path, Map<String, String> headers) implements Target {
        public Http {
            headers = sorted(headers);
        }

        @Override
        public String text() {
            return method + " " + participant + path;
        }
    }

    /**
     * A record for a topic of Kafka.
     *
     * @param participant the configured name of the connector
     * @param key determines the partition; empty = none
     * @param headers in addition to Entente's own, sorted by name
     */
    record Kafka(String participant, String topic, String key, Map<String, String> headers) implements Target {
        public Kafka {
            headers = sorted(headers);
        }

        @Override
        public String text() {
            return "kafka " + participant + "/" + topic;
        }
    }

    /** Returns whether requests and responses are JSON, with JSON pointers as bindings; otherwise they are protobuf. */
    default boolean isJson() {
        return switch (this) {
            case Grpc _ -> false;
            case Http _, Kafka _ -> true;
        };
    }

    private static Map<String, String> sorted(Map<String, String> headers) {
        return headers.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(headers));
    }
}
