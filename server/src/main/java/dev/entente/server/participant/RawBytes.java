package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** Messages as they come over the wire: the coordinator needs no type of any participant. Thread-safe. */
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
        return new Bytes(value);
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

    /** Written to the frame in one go: gRPC asks for {@link Drainable} before it copies through a buffer of its own. */
    private static final class Bytes extends InputStream implements Drainable, KnownLength {
        private final ByteString bytes;
        private int position;

        Bytes(ByteString bytes) {
            this.bytes = bytes;
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            ByteString rest = position == 0 ? bytes : bytes.substring(position);
            rest.writeTo(target);
            position = bytes.size();
            return rest.size();
        }

        @Override
        public int available() {
            return bytes.size() - position;
        }

        @Override
        public int read() {
            return position < bytes.size() ? bytes.byteAt(position++) & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            int count = Math.min(length, available());
            if (count == 0) {
                return length == 0 ? 0 : -1;
            }
            bytes.substring(position, position + count).copyTo(target, offset);
            position += count;
            return count;
        }
    }
}
