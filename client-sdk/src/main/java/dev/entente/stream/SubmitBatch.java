package dev.entente.stream;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.entente.v1.SubmitItem;
import dev.entente.v1.SubmitTransactionsRequest;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@code SubmitTransactionsRequest} of items that are serialised already: whoever submits does that work, and not the
 * one thread that all of them share. Used by one thread at a time.
 */
final class SubmitBatch {
    /** How it is written; it is never read. */
    static final Marshaller<SubmitBatch> MARSHALLER = new Writer();

    private static final int MAX_ITEMS = 512;
    private static final int ENOUGH_BYTES = 256 << 10;

    private final List<Entry> items = new ArrayList<>();
    private final List<Long> cancelled = new ArrayList<>();
    private int requestBytes;
    private int size;

    /**
     * An item as it is written.
     *
     * @param timeoutMillis read once: a clock that goes on would change the size of what is written
     */
    private record Entry(PendingSubmit item, long timeoutMillis) {
        int size() {
            return CodedOutputStream.computeInt64Size(SubmitItem.ID_FIELD_NUMBER, item.id())
                    + CodedOutputStream.computeByteArraySize(SubmitItem.REQUEST_FIELD_NUMBER, item.request())
                    + CodedOutputStream.computeInt64Size(SubmitItem.TIMEOUT_MILLIS_FIELD_NUMBER, timeoutMillis)
                    + CodedOutputStream.computeStringSize(SubmitItem.TRACEPARENT_FIELD_NUMBER, item.traceparent());
        }

        void writeTo(CodedOutputStream out) throws IOException {
            out.writeTag(SubmitTransactionsRequest.ITEMS_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(size());
            out.writeInt64(SubmitItem.ID_FIELD_NUMBER, item.id());
            out.writeByteArray(SubmitItem.REQUEST_FIELD_NUMBER, item.request());
            out.writeInt64(SubmitItem.TIMEOUT_MILLIS_FIELD_NUMBER, timeoutMillis);
            out.writeString(SubmitItem.TRACEPARENT_FIELD_NUMBER, item.traceparent());
        }
    }

    /** Tells whether the next item belongs in another message. A single item always fits. */
    boolean isFull() {
        return items.size() >= MAX_ITEMS || cancelled.size() >= MAX_ITEMS || requestBytes >= ENOUGH_BYTES;
    }

    boolean isEmpty() {
        return items.isEmpty() && cancelled.isEmpty();
    }

    void add(PendingSubmit item) {
        Entry entry = new Entry(item, item.timeoutMillis());
        int inner = entry.size();
        items.add(entry);
        requestBytes += item.request().length;
        size += CodedOutputStream.computeTagSize(SubmitTransactionsRequest.ITEMS_FIELD_NUMBER)
                + CodedOutputStream.computeUInt32SizeNoTag(inner)
                + inner;
    }

    void cancel(long id) {
        cancelled.add(id);
        size += CodedOutputStream.computeInt64Size(SubmitTransactionsRequest.CANCELLED_FIELD_NUMBER, id);
    }

    byte[] toByteArray() {
        byte[] written = new byte[size];
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(written);
            for (Entry entry : items) {
                entry.writeTo(out);
            }
            for (long id : cancelled) {
                out.writeInt64(SubmitTransactionsRequest.CANCELLED_FIELD_NUMBER, id);
            }
            out.checkNoSpaceLeft();
        } catch (IOException impossible) {
            throw new UncheckedIOException("the size was computed beforehand", impossible);
        }
        return written;
    }

    private static final class Writer implements Marshaller<SubmitBatch> {
        @Override
        public InputStream stream(SubmitBatch batch) {
            return new ByteArrayInputStream(batch.toByteArray());
        }

        @Override
        public SubmitBatch parse(InputStream stream) {
            throw new UnsupportedOperationException("clients send batches and never receive them");
        }
    }
}
