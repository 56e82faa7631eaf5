package dev.entente.participant.stream;

import dev.entente.v1.BranchAnswer;
import dev.entente.v1.ExecuteResponse;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way back of one stream: whatever has gathered while a message was being written leaves in the next. Nothing waits
 * for others to come. Thread-safe, without locks: whoever finds something to do does it for all.
 */
final class AnswerQueue {
    /**
     * A message ends beyond this size, so that it stays within what either side takes in, unless one answer is larger.
     */
    static final int MESSAGE_BYTES = 256 << 10;

    private final ServerCall<?, ExecuteResponse> call;
    private final BiConsumer<BranchAnswer, @Nullable StreamedCall<?, ?>> onLeft;
    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger pendingWrites = new AtomicInteger();
    private volatile boolean isHeld;
    private volatile boolean isDropped;
    private volatile @Nullable Status failure;
    private volatile @Nullable BooleanSupplier mayClose;
    private boolean isClosed;

    /**
     * An answer that has not left.
     *
     * @param call null if it was refused before it began
     */
    private record Waiting(BranchAnswer answer, @Nullable StreamedCall<?, ?> call) {}

    /** @param onLeft told of each answer that was handed to the transport, or was dropped */
    AnswerQueue(ServerCall<?, ExecuteResponse> call, BiConsumer<BranchAnswer, @Nullable StreamedCall<?, ?>> onLeft) {
        this.call = call;
        this.onLeft = onLeft;
    }

    void add(BranchAnswer answer, @Nullable StreamedCall<?, ?> answered) {
        queue.add(new Waiting(answer, answered));
        write();
    }

    /** Until {@link #letGo} answers gather: those that handlers give at once, of one batch, leave together. */
    void hold() {
        isHeld = true;
    }

    void letGo() {
        isHeld = false;
        write();
    }

    /** Ends the stream once that is true and everything has left. */
    void closeWhenAllLeft(BooleanSupplier condition) {
        mayClose = condition;
        write();
    }

    /** Nobody reads any more. */
    void drop() {
        isDropped = true;
        write();
    }

    /** Ends the stream at once; what has not left never does. */
    void breakOff(Status why) {
        failure = why;
        drop();
    }

    /** Writes what can be written now. */
    void write() {
        if (pendingWrites.getAndIncrement() != 0) {
            return;
        }
        int noted = 1;
        while (noted != 0) {
            writeAll();
            noted = pendingWrites.addAndGet(-noted);
        }
    }

    private void writeAll() {
        if (isDropped) {
            close(failure);
            for (Waiting gone = queue.poll(); gone != null; gone = queue.poll()) {
                onLeft.accept(gone.answer(), gone.call());
            }
            return;
        }
        while (!isHeld && !isClosed && !queue.isEmpty() && call.isReady()) {
            writeOne();
        }
        BooleanSupplier isDone = mayClose;
        if (isDone != null && !isClosed && queue.isEmpty() && isDone.getAsBoolean()) {
            close(Status.OK);
        }
    }

    private void close(@Nullable Status status) {
        if (status != null && !isClosed) {
            isClosed = true;
            call.close(status, new Metadata());
        }
    }

    private void writeOne() {
        ExecuteResponse.Builder message = ExecuteResponse.newBuilder();
        ArrayDeque<Waiting> leaving = new ArrayDeque<>();
        int bytes = 0;
        for (Waiting next = queue.peek(); next != null; next = queue.peek()) {
            bytes += next.answer().getSerializedSize();
            if (bytes > MESSAGE_BYTES && message.getAnswersCount() > 0) {
                break;
            }
            message.addAnswers(next.answer());
            leaving.add(queue.remove());
        }
        call.sendMessage(message.build());
        leaving.forEach(each -> onLeft.accept(each.answer(), each.call()));
    }
}
