package dev.entente.participant.stream;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A message's bytes as a marshaller reads them: with their length, so that it need not guess. */
final class Payload extends InputStream implements KnownLength {
    private final ByteString bytes;
    private int position;

    Payload(ByteString bytes) {
        this.bytes = bytes;
    }

    /** The bytes that the method's marshaller makes of a response. */
    static <R> ByteString of(MethodDescriptor<?, R> method, R response) {
        if (response instanceof MessageLite message
                && method.getResponseMarshaller() instanceof MethodDescriptor.PrototypeMarshaller) {
            return message.toByteString();
        }
        try (InputStream stream = method.streamResponse(response)) {
            return ByteString.readFrom(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
