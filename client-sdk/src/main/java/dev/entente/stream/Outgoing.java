package dev.entente.stream;

import com.google.protobuf.CodedOutputStream;
import dev.entente.v1.SubmitTransactionsRequest;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** A part of a {@code SubmitTransactionsRequest} that is written. */
sealed interface Outgoing permits PendingSubmit, Outgoing.Cancelled {
    /** Writes a message, and never reads one. */
    Marshaller<List<Outgoing>> MARSHALLER = new Writer();

    /** Returns the number of bytes that {@link #writeTo} writes. */
    int size();

    /** Writes the part's field of the message. */
    void writeTo(CodedOutputStream out) throws IOException;

    /** Reports to the coordinator that the client does not wait for an item any more. */
    record Cancelled(long id) implements Outgoing {
        @Override
        public int size() {
            return CodedOutputStream.computeInt64Size(SubmitTransactionsRequest.CANCELLED_FIELD_NUMBER, id);
        }

        @Override
        public void writeTo(CodedOutputStream out) throws IOException {
            out.writeInt64(SubmitTransactionsRequest.CANCELLED_FIELD_NUMBER, id);
        }
    }

    /** Writes a message from its parts. */
    final class Writer implements Marshaller<List<Outgoing>> {
        @Override
        public InputStream stream(List<Outgoing> parts) {
            int size = 0;
            for (Outgoing part : parts) {
                size += part.size();
            }
            byte[] written = new byte[size];
            CodedOutputStream out = CodedOutputStream.newInstance(written);
            try {
                for (Outgoing part : parts) {
                    part.writeTo(out);
                }
                out.checkNoSpaceLeft();
            } catch (IOException impossible) {
                throw new UncheckedIOException("the size was computed beforehand", impossible);
            }
            return new ByteArrayInputStream(written);
        }

        @Override
        public List<Outgoing> parse(InputStream stream) {
            throw new UnsupportedOperationException("clients send submits and never receive them");
        }
    }
}
