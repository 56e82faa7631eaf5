package dev.entente.server.participant.grpc;

import com.google.protobuf.ByteString;
import dev.entente.wire.PayloadStream;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Messages as raw bytes: the coordinator needs no message type of any participant. Thread-safe. */
final class RawBytes implements MethodDescriptor.Marshaller<ByteString> {
    private static final RawBytes INSTANCE = new RawBytes();

    private RawBytes() {}

    /** @param method {@code package.Service/Method} */
    static MethodDescriptor<ByteString, ByteString> unary(String method) {
        return MethodDescriptor.<ByteString, ByteString>newBuilder(INSTANCE, INSTANCE)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(method)
                .build();
    }

    @Override
    public InputStream stream(ByteString value) {
        return new PayloadStream(value);
    }

    @Override
    public ByteString parse(InputStream stream) {
        try {
            int length = stream instanceof KnownLength ? stream.available() : -1;
            return length == 0 ? ByteString.EMPTY : ByteString.readFrom(stream, Math.max(length, 256));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
