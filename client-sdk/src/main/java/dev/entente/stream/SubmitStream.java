package dev.entente.stream;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.v1.SubmitAnswer;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.wire.BatchWriter;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One stream of {@code SubmitTransactions}. Thread-safe; nothing blocks.
 *
 * <p>The stream adds no delay: the first item is sent at once. Items that arrive during that write, while gRPC's buffer
 * is full, or while a message of answers is processed, are sent afterwards in one message. The idea is that of group
 * commit: the busier the stream, the larger its messages.
 *
 * <p>The stream ends once. Items without an answer then fail. The owner opens a new stream and sends the items again.
 */
public final class SubmitStream implements AutoCloseable {
    /** The highest number of items without an answer. A coordinator refuses more. */
    public static final int MAX_IN_FLIGHT = 8192;

    /** The largest request, in bytes: messages stay below 1 MiB, which every coordinator accepts. */
    public static final int MAX_ITEM_BYTES = 512 << 10;

    private static final long TICK_MILLIS = 20;

    private static final int MESSAGE_ITEMS = 512;
    private static final int MESSAGE_BYTES = 256 << 10;

    private static final MethodDescriptor<List<Outgoing>, SubmitTransactionsResponse> METHOD =
            TransactionServiceGrpc.getSubmitTransactionsMethod().toBuilder(
                            Outgoing.MARSHALLER,
                            TransactionServiceGrpc.getSubmitTransactionsMethod().getResponseMarshaller())
                    .build();

    private final ClientCall<List<Outgoing>, SubmitTransactionsResponse> call;
    private final Writer writer = new Writer();
    private final AtomicLong ids = new AtomicLong();
    private final AtomicInteger places = new AtomicInteger(MAX_IN_FLIGHT);
    private final Map<Long, PendingSubmit> inFlight = new ConcurrentHashMap<>();
    private final AtomicBoolean isTicking = new AtomicBoolean();
    private volatile boolean isClosing;
    private volatile boolean isBroken;
    private volatile boolean isProven;
    private volatile @Nullable StatusRuntimeException end;
    private volatile boolean isFailed;
    private volatile long receivedNanos = System.nanoTime();

    /** Receives the result of one item: exactly one call, on a thread of gRPC, which must not be blocked. */
    public interface Completion {
        /** Receives the response: the item was accepted, or validated, or had been accepted before. */
        void accepted(SubmitTransactionResponse response);

        /**
         * Receives the coordinator's error, as from a unary call; or {@code DEADLINE_EXCEEDED} if a sent item got no
         * answer before its deadline.
         */
        void failed(StatusRuntimeException error);

        /**
         * Reports that the stream has ended, or that the item's deadline passed before the item was sent. After the end
         * of the stream the item may have been accepted; a repeated send with the same gid is safe.
         *
         * @param isSent false if nothing of the item was sent
         */
        void lost(StatusRuntimeException why, boolean isSent);
    }

    private SubmitStream(Channel channel, CallOptions options) {
        call = channel.newCall(METHOD, options.withExecutor(Runnable::run));
    }

    /** Opens a stream, which accepts items at once. It is independent of the current thread's call. */
    public static SubmitStream open(Channel channel, CallOptions options) {
        SubmitStream stream = new SubmitStream(channel, options);
        Context.ROOT.run(() -> {
            stream.call.start(stream.new Listener(), new Metadata());
            stream.call.request(1);
        });
        return stream;
    }

    /**
     * Sends a submit, at once or with others in the next message.
     *
     * @param request a serialized {@code SubmitTransactionRequest}; must not be changed afterwards
     * @param traceparent the trace of the submit; empty for none
     * @param deadline the time at which the client stops waiting, or null
     * @return a number to cancel the submit; 0 if the submit was refused. Then the stream is ending or full, or the
     *     request is larger than {@link #MAX_ITEM_BYTES}, and {@code answer} is not called
     */
    public long send(byte[] request, String traceparent, @Nullable Deadline deadline, Completion answer) {
        if (isClosing || request.length > MAX_ITEM_BYTES) {
            return 0;
        }
        if (places.decrementAndGet() < 0) {
            places.incrementAndGet();
            return 0;
        }
        PendingSubmit item = new PendingSubmit(ids.incrementAndGet(), request, traceparent, deadline, answer);
        inFlight.put(item.id, item);
        if (end != null) {
            return taken(item.id) == null ? item.id : 0; // otherwise onClose has already reported the end
        }
        writer.add(item);
        if (deadline != null) {
            tickLater();
        }
        return item.id;
    }

    /** Removes an item and reports no answer for it. An accepted submit stays accepted. */
    public void cancel(long id) {
        PendingSubmit item = taken(id);
        if (item != null && item.isLeaving()) {
            writer.add(new Outgoing.Cancelled(id));
        }
    }

    /** Returns whether the stream accepts items. */
    public boolean isOpen() {
        return !isClosing;
    }

    /** Returns why the stream broke; null if it has not ended, or was closed by either side. */
    public @Nullable StatusRuntimeException failure() {
        return isFailed ? end : null;
    }

    /** Returns whether an item has no answer yet. */
    public boolean isWaiting() {
        return !inFlight.isEmpty();
    }

    /** Returns whether a coordinator has accepted an item of this stream. */
    public boolean isProven() {
        return isProven;
    }

    /** Accepts no more items. Pending items still get their answers. */
    @Override
    public void close() {
        isClosing = true;
        writer.write();
    }

    private @Nullable PendingSubmit taken(long id) {
        PendingSubmit item = inFlight.remove(id);
        if (item != null) {
            places.incrementAndGet();
        }
        return item;
    }

    /** Writes items and cancellations. */
    private final class Writer extends BatchWriter<Outgoing> {
        private boolean isHalfClosed;
        private boolean isCancelled;

        Writer() {
            super(MESSAGE_ITEMS, MESSAGE_BYTES);
        }

        @Override
        protected boolean isWritable() {
            return !isBroken && end == null && !isHalfClosed && call.isReady();
        }

        @Override
        protected int bytes(Outgoing part) {
            return part instanceof PendingSubmit item ? item.request.length : 0;
        }

        @Override
        protected boolean leaves(Outgoing part) {
            if (part instanceof PendingSubmit item) {
                item.leaves();
                return inFlight.containsKey(item.id);
            }
            return true;
        }

        @Override
        protected void send(List<Outgoing> parts) {
            call.sendMessage(parts);
        }

        @Override
        protected void written(boolean isEmpty) {
            if (isBroken) {
                cancelOnce();
            } else if (isClosing && isEmpty && isWritable()) {
                isHalfClosed = true;
                call.halfClose();
            }
            if (isHalfClosed) {
                drain(this::rejectQueued);
            }
        }

        /** Called by the writing thread only, because a write to a cancelled call throws. */
        private void cancelOnce() {
            if (!isCancelled) {
                isCancelled = true;
                call.cancel("the stream was silent while a submit waited for its response", null);
            }
        }

        /** Refuses an item that was added between the last check and the half-close. */
        private void rejectQueued(Outgoing part) {
            if (part instanceof PendingSubmit late && taken(late.id) != null) {
                late.answer.lost(ended("this client has closed the stream"), false);
            }
        }
    }

    private static StatusRuntimeException ended(String why) {
        return Status.UNAVAILABLE.withDescription(why).asRuntimeException();
    }

    // ---- incoming messages

    private final class Listener extends ClientCall.Listener<SubmitTransactionsResponse> {
        @Override
        public void onReady() {
            writer.write();
        }

        @Override
        public void onMessage(SubmitTransactionsResponse message) {
            writer.hold();
            receivedNanos = System.nanoTime();
            try {
                if (message.getClosing()) {
                    isClosing = true;
                }
                message.getAnswersList().forEach(SubmitStream.this::settle);
            } finally {
                call.request(1);
                writer.letGo();
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            StatusRuntimeException why = status.isOk()
                    ? ended("the coordinator ended the stream before it responded")
                    : status.asRuntimeException(trailers);
            end = why;
            isFailed = !status.isOk();
            isClosing = true;
            for (Long id : inFlight.keySet()) {
                PendingSubmit item = taken(id);
                if (item != null) {
                    item.answer.lost(why, item.isLeaving());
                }
            }
        }
    }

    private void settle(SubmitAnswer answer) {
        PendingSubmit item = taken(answer.getId());
        if (item == null) {
            return; // cancelled or late
        }
        if (answer.hasError()) {
            item.answer.failed(error(answer));
        } else {
            isProven = true;
            item.answer.accepted(answer.getResponse());
        }
    }

    private static StatusRuntimeException error(SubmitAnswer answer) {
        try {
            return StatusProto.toStatusRuntimeException(com.google.rpc.Status.parseFrom(answer.getError()));
        } catch (InvalidProtocolBufferException | IllegalArgumentException malformed) {
            return Status.UNKNOWN
                    .withDescription("the error in the response cannot be read: " + malformed.getMessage())
                    .asRuntimeException();
        }
    }

    // ---- time

    /**
     * Starts one timer for all items, if there are items. Deadlines are some seconds long, and nearly all items are
     * answered long before.
     */
    private void tickLater() {
        if (!inFlight.isEmpty() && isTicking.compareAndSet(false, true)) {
            Executor later = CompletableFuture.delayedExecutor(TICK_MILLIS, TimeUnit.MILLISECONDS, Runnable::run);
            later.execute(this::tick);
        }
    }

    private void tick() {
        boolean isStuck = false;
        try {
            for (PendingSubmit item : inFlight.values()) {
                if (item.isLate() && taken(item.id) != null) {
                    isStuck |= item.isUnreceived(receivedNanos);
                    item.late();
                }
            }
            // removes cancelled and late items while nothing can be written
            writer.removeIf(part -> part instanceof PendingSubmit item && !inFlight.containsKey(item.id));
        } finally {
            isTicking.set(false);
            tickLater();
        }
        if (isStuck) {
            breakOff();
        }
    }

    /** Ends the stream, so that other items do not wait until the connection times out. */
    private void breakOff() {
        isBroken = true;
        isClosing = true;
        writer.write();
    }
}
