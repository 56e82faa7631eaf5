package dev.entente.participant.stream;

import dev.entente.v1.BranchAnswer;
import dev.entente.v1.ExecuteResponse;
import dev.entente.wire.BatchWriter;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The outgoing responses of one stream. Thread-safe. */
final class ResponseQueue extends BatchWriter<ResponseQueue.Waiting> {
    /** The size at which a message ends, to stay within the limits of both sides. A single answer may be larger. */
    static final int MESSAGE_BYTES = 256 << 10;

    private final ServerCall<?, ExecuteResponse> call;
    private final BiConsumer<BranchAnswer, @Nullable StreamedCall<?, ?>> onLeft;
    private volatile boolean isDropped;
    private volatile @Nullable Status failure;
    private volatile @Nullable BooleanSupplier mayClose;
    private boolean isClosed;

    /**
     * An answer that is not sent yet.
     *
     * @param call null if the call was refused before it began
     */
    record Waiting(BranchAnswer answer, @Nullable StreamedCall<?, ?> call) {}

    /** @param onLeft called for each answer that was passed to the transport or dropped */
    ResponseQueue(ServerCall<?, ExecuteResponse> call, BiConsumer<BranchAnswer, @Nullable StreamedCall<?, ?>> onLeft) {
        super(Integer.MAX_VALUE, MESSAGE_BYTES);
        this.call = call;
        this.onLeft = onLeft;
    }

    void add(BranchAnswer answer, @Nullable StreamedCall<?, ?> answered) {
        add(new Waiting(answer, answered));
    }

    /** Closes the stream once the condition is true and all answers are sent. */
    void closeWhenAllLeft(BooleanSupplier condition) {
        mayClose = condition;
        write();
    }

    /** Drops all answers that are not sent. */
    void drop() {
        isDropped = true;
        write();
    }

    /** Closes the stream at once and drops all answers that are not sent. */
    void breakOff(Status why) {
        failure = why;
        drop();
    }

    @Override
    protected boolean isWritable() {
        return !isDropped && !isClosed && call.isReady();
    }

    @Override
    protected int bytes(Waiting item) {
        return item.answer().getSerializedSize();
    }

    @Override
    protected void send(List<Waiting> items) {
        ExecuteResponse.Builder message = ExecuteResponse.newBuilder();
        items.forEach(each -> message.addAnswers(each.answer()));
        call.sendMessage(message.build());
        items.forEach(this::left);
    }

    @Override
    protected void written(boolean isEmpty) {
        BooleanSupplier isDone = mayClose;
        if (isDropped) {
            close(failure);
            drain(this::left);
        } else if (isDone != null && isEmpty && isDone.getAsBoolean()) {
            close(Status.OK);
        }
    }

    private void left(Waiting item) {
        onLeft.accept(item.answer(), item.call());
    }

    private void close(@Nullable Status status) {
        if (status != null && !isClosed) {
            isClosed = true;
            call.close(status, new Metadata());
        }
    }
}
