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

/** The way back of one stream. Thread-safe. */
final class AnswerQueue extends BatchWriter<AnswerQueue.Waiting> {
    /**
     * A message ends beyond this size, so that it stays within what either side takes in, unless one answer is larger.
     */
    static final int MESSAGE_BYTES = 256 << 10;

    private final ServerCall<?, ExecuteResponse> call;
    private final BiConsumer<BranchAnswer, @Nullable StreamedCall<?, ?>> onLeft;
    private volatile boolean isDropped;
    private volatile @Nullable Status failure;
    private volatile @Nullable BooleanSupplier mayClose;
    private boolean isClosed;

    /**
     * An answer that has not left.
     *
     * @param call null if it was refused before it began
     */
    record Waiting(BranchAnswer answer, @Nullable StreamedCall<?, ?> call) {}

    /** @param onLeft told of each answer that was handed to the transport, or was dropped */
    AnswerQueue(ServerCall<?, ExecuteResponse> call, BiConsumer<BranchAnswer, @Nullable StreamedCall<?, ?>> onLeft) {
        super(Integer.MAX_VALUE, MESSAGE_BYTES);
        this.call = call;
        this.onLeft = onLeft;
    }

    void add(BranchAnswer answer, @Nullable StreamedCall<?, ?> answered) {
        add(new Waiting(answer, answered));
    }

    /** Ends the stream once that is true and everything has left. */
    void closeWhenAllLeft(BooleanSupplier condition) {
        mayClose = condition;
        write();
    }

    /** Drops all that has not left. */
    void drop() {
        isDropped = true;
        write();
    }

    /** Ends the stream at once; what has not left never does. */
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
