package dev.entente.faults.fuzz;

import com.google.protobuf.Descriptors.Descriptor;
import io.grpc.MethodDescriptor;

/**
 * One method of the coordinator, to be called with any bytes.
 *
 * @param request what it expects
 */
record Rpc(MethodDescriptor<byte[], byte[]> method, Descriptor request) {
    String name() {
        return method.getFullMethodName();
    }
}
