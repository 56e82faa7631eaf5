package dev.entente.faults.siege.attack;

import com.google.protobuf.CodedOutputStream;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Messages whose type does not matter to whoever sends them. */
final class Bytes {
    /** Takes them as they are. */
    static final Marshaller<byte[]> MARSHALLER = new Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    };

    private Bytes() {}

    /** A message with that one field. */
    static byte[] field(int number, byte[] content) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(message);
            out.writeByteArray(number, content);
            out.flush();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return message.toByteArray();
    }
}
