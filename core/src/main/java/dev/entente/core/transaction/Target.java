package dev.entente.core.transaction;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The place where an operation is called. */
public sealed interface Target {
    /** The participant's configured name, or {@code host:port} where the allow-list permits. */
    String participant();

    /**
     * As people write it: {@code stock/shop.v1.StockService/Reserve}, {@code POST crm/mails}; empty where nobody is
     * called.
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
     * @param path from the first slash on, with its query; it stands behind the participant's own path
     * @param headers beside Entente's own, sorted by name
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
     * @param key decides the partition; empty = none
     * @param headers beside Entente's own, sorted by name
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

    /** Tells whether requests and responses are JSON, so that bindings are JSON pointers; else they are protobuf. */
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
