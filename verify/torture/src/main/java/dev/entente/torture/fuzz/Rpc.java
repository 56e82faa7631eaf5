package dev.entente.torture.fuzz;

import com.google.protobuf.Descriptors.Descriptor;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.wire.RawMessage;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.List;
import java.util.stream.Stream;

/**
 * One method of the coordinator, to be called with any bytes.
 *
 * @param request the type of the expected request
 */
record Rpc(MethodDescriptor<byte[], byte[]> method, Descriptor request) {
    /** Returns every method of the services that a coordinator serves, according to their descriptors. */
    static List<Rpc> all() {
        return Stream.of(
                        TransactionServiceGrpc.getServiceDescriptor(),
                        OperatorServiceGrpc.getServiceDescriptor(),
                        TopicServiceGrpc.getServiceDescriptor())
                .flatMap(service -> service.getMethods().stream())
                .map(Rpc::of)
                .toList();
    }

    private static Rpc of(MethodDescriptor<?, ?> method) {
        if (!(method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier schema)) {
            throw new IllegalStateException("no descriptor of " + method.getFullMethodName());
        }
        return new Rpc(
                method.toBuilder(RawMessage.MARSHALLER, RawMessage.MARSHALLER).build(),
                schema.getMethodDescriptor().getInputType());
    }

    String name() {
        return method.getFullMethodName();
    }
}
