package dev.entente.server.transaction;

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
            headers = headers.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(headers));
        }

        @Override
        public String text() {
            return method + " " + participant + path;
        }
    }
}
