package dev.entente.server.transaction;

/** Where an operation is called. */
public sealed interface Target {
    /** The participant's configured name, or {@code host:port} where the allow-list permits. */
    String participant();

    /**
     * A unary gRPC method.
     *
     * @param method {@code package.Service/Method}, without a leading slash
     */
    record Grpc(String participant, String method) implements Target {}
}
