package dev.entente.stream;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.entente.stream.SubmitStream.Completion;
import dev.entente.v1.SubmitItem;
import dev.entente.v1.SubmitTransactionsRequest;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One submit that was passed to a stream and has no answer yet. Its owner ends it once. The submitting thread has
 * already serialized the request, to relieve the thread that all submits share.
 */
final class PendingSubmit implements Outgoing {
    /** A stream counts as stuck only after an item has waited this long without an answer. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    final long id;
    final byte[] request;
    final Completion answer;
    private final String traceparent;
    private final @Nullable Deadline deadline;
    private final long sinceNanos = System.nanoTime();
    /**
     * The remaining time, computed once when the item is sent, because a later value could change the size of the
     * message.
     */
    private long timeoutMillis;

    private volatile boolean isLeaving;

    PendingSubmit(long id, byte[] request, String traceparent, @Nullable Deadline deadline, Completion answer) {
        this.id = id;
        this.request = request;
        this.traceparent = traceparent;
        this.deadline = deadline;
        this.answer = answer;
    }

    /** Marks the item as sent. Called before the stream checks for the last time that the item is not cancelled. */
    void leaves() {
        timeoutMillis = deadline == null ? 0 : Math.max(1, deadline.timeRemaining(TimeUnit.MILLISECONDS));
        isLeaving = true;
    }

    boolean isLeaving() {
        return isLeaving;
    }

    boolean isLate() {
        return deadline != null && deadline.isExpired();
    }

    /** Returns whether the stream has received nothing since the item was added, at least one second ago. */
    boolean isUnreceived(long receivedNanos) {
        return sinceNanos - receivedNanos >= 0 && System.nanoTime() - sinceNanos >= SILENCE_NANOS;
    }

    /** Fails the item, because its time is over. */
    void late() {
        StatusRuntimeException late = Status.DEADLINE_EXCEEDED
                .withDescription("the coordinator did not respond in time")
                .asRuntimeException();
        if (isLeaving) {
            answer.failed(late);
        } else {
            answer.lost(late, false);
        }
    }

    private int itemSize() {
        return CodedOutputStream.computeInt64Size(SubmitItem.ID_FIELD_NUMBER, id)
                + CodedOutputStream.computeByteArraySize(SubmitItem.REQUEST_FIELD_NUMBER, request)
                + CodedOutputStream.computeInt64Size(SubmitItem.TIMEOUT_MILLIS_FIELD_NUMBER, timeoutMillis)
                + CodedOutputStream.computeStringSize(SubmitItem.TRACEPARENT_FIELD_NUMBER, traceparent);
    }

    @Override
    public int size() {
        int inner = itemSize();
        return CodedOutputStream.computeTagSize(SubmitTransactionsRequest.ITEMS_FIELD_NUMBER)
                + CodedOutputStream.computeUInt32SizeNoTag(inner)
                + inner;
    }

    @Override
    public void writeTo(CodedOutputStream out) throws IOException {
        out.writeTag(SubmitTransactionsRequest.ITEMS_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
        out.writeUInt32NoTag(itemSize());
        out.writeInt64(SubmitItem.ID_FIELD_NUMBER, id);
        out.writeByteArray(SubmitItem.REQUEST_FIELD_NUMBER, request);
        out.writeInt64(SubmitItem.TIMEOUT_MILLIS_FIELD_NUMBER, timeoutMillis);
        out.writeString(SubmitItem.TRACEPARENT_FIELD_NUMBER, traceparent);
    }
}
