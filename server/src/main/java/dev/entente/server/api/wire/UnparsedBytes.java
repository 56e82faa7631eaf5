package dev.entente.server.api.wire;

import io.grpc.MethodDescriptor;
import java.io.InputStream;

/** Messages that nobody reads yet. */
public enum UnparsedBytes implements MethodDescriptor.Marshaller<InputStream> {
    AS_THEY_ARE;

    @Override
    public InputStream stream(InputStream value) {
        return value;
    }

    @Override
    public InputStream parse(InputStream stream) {
        return stream;
    }
}
