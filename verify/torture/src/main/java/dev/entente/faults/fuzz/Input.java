package dev.entente.faults.fuzz;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.List;

/**
 * One call to be made.
 *
 * @param messages sent before the half-close; one, but for {@link Kind#WRONG_COUNT} and streams
 * @param zipped sent compressed
 */
record Input(
        Kind kind, MethodDescriptor<byte[], byte[]> method, List<byte[]> messages, Metadata headers, boolean zipped) {
    Input(Kind kind, Rpc rpc, byte[] message) {
        this(kind, rpc.method(), List.of(message), new Metadata(), false);
    }

    int bytes() {
        return messages.stream().mapToInt(message -> message.length).sum();
    }
}
