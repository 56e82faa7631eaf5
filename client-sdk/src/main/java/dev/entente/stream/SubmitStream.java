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
 * <p>Nothing lingers: who comes first sends at once; what comes while that is written, while gRPC has enough to write
 * as it is, or while a message of answers is worked off, leaves in one message afterwards. The idea is that of group
 * commit: the busier the stream, the larger its messages.
 *
 * <p>It ends once, and what had no answer by then is told so. Opening another one, and sending again, is for the owner.
 */
public final class SubmitStream implements AutoCloseable {
    /** The number of items that may be unanswered at one time. A coordinator refuses more. */
    public static final int MAX_UNDER_WAY = 8192;

    /** The largest request, in bytes: messages stay below 1 MiB, which every coordinator takes. */
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
    private final AtomicInteger places = new AtomicInteger(MAX_UNDER_WAY);
    private final Map<Long, PendingSubmit> underWay = new ConcurrentHashMap<>();
    private final AtomicBoolean isTicking = new AtomicBoolean();
    private volatile boolean isClosing;
    private volatile boolean isBroken;
    private volatile boolean isProven;
    private volatile @Nullable StatusRuntimeException end;
    private volatile boolean isFailed;
    private volatile long heardNanos = System.nanoTime();

    /** Receives the end of one item: exactly one call, on a thread of gRPC's, which must not be blocked. */
    public interface Answer {
        /** It was accepted, or checked, or found accepted already. */
        void accepted(SubmitTransactionResponse response);

        /** The coordinator's error, as a unary call would have ended with it; or {@code DEADLINE_EXCEEDED}. */
        void failed(StatusRuntimeException error);

        /**
         * The stream has ended, or the item's time was over. Whether the item was accepted is unknown; the same gid sent
         * again is harmless.
         *
         * @param isSent false if nothing of the item was sent
         */
        void lost(StatusRuntimeException why, boolean isSent);
    }

    private SubmitStream(Channel channel, CallOptions options) {
        call = channel.newCall(METHOD, options.withExecutor(Runnable::run));
    }

    /** Opens a stream, which takes items at once. It belongs to no call that this thread may be in. */
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
     * @param request a {@code SubmitTransactionRequest}, serialised; not changed afterwards
     * @param traceparent the trace that it belongs to; empty for none
     * @param deadline when its client waits no longer, or null
     * @return a number to cancel it by; 0 if it was not taken (the stream is ending or full, or the request larger than
     *     {@link #MAX_ITEM_BYTES}), and then {@code answer} is not told anything
     */
    public long send(byte[] request, String traceparent, @Nullable Deadline deadline, Answer answer) {
        if (isClosing || request.length > MAX_ITEM_BYTES) {
            return 0;
        }
        if (places.decrementAndGet() < 0) {
            places.incrementAndGet();
            return 0;
        }
        PendingSubmit item = new PendingSubmit(ids.incrementAndGet(), request, traceparent, deadline, answer);
        underWay.put(item.id, item);
        if (end != null) {
            return taken(item.id) == null ? item.id : 0; // else the end has told it already
        }
        writer.add(item);
        if (deadline != null) {
            tickLater();
        }
        return item.id;
    }

    /** Forgets an item, whose answer is told to none. What was accepted stays accepted. */
    public void cancel(long id) {
        PendingSubmit item = taken(id);
        if (item != null && item.isLeaving()) {
            writer.add(new Outgoing.Cancelled(id));
        }
    }

    /** Tells whether it takes items. */
    public boolean isOpen() {
        return !isClosing;
    }

    /** The reason why the stream broke, or null where it has not ended, or was closed by either side. */
    public @Nullable StatusRuntimeException failure() {
        return isFailed ? end : null;
    }

    /** Tells whether an item has no answer yet. */
    public boolean isWaiting() {
        return !underWay.isEmpty();
    }

    /** Tells whether a coordinator has accepted anything over it. */
    public boolean isProven() {
        return isProven;
    }

    /** Takes no more items; what is under way is still answered. */
    @Override
    public void close() {
        isClosing = true;
        writer.write();
    }

    private @Nullable PendingSubmit taken(long id) {
        PendingSubmit item = underWay.remove(id);
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
                return underWay.containsKey(item.id);
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
                drain(this::turnAway);
            }
        }

        /** In the writer's turn, for a call that is cancelled throws at whoever writes. */
        private void cancelOnce() {
            if (!isCancelled) {
                isCancelled = true;
                call.cancel("nothing came over the stream while a submit waited for its answer", null);
            }
        }

        /** Refuses an item that came between the last look and the half-close. */
        private void turnAway(Outgoing part) {
            if (part instanceof PendingSubmit late && taken(late.id) != null) {
                late.answer.lost(ended("this client has closed the stream"), false);
            }
        }
    }

    private static StatusRuntimeException ended(String why) {
        return Status.UNAVAILABLE.withDescription(why).asRuntimeException();
    }

    // ---- what comes in

    private final class Listener extends ClientCall.Listener<SubmitTransactionsResponse> {
        @Override
        public void onReady() {
            writer.write();
        }

        @Override
        public void onMessage(SubmitTransactionsResponse message) {
            writer.hold();
            heardNanos = System.nanoTime();
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
                    ? ended("the coordinator ended the stream before it answered")
                    : status.asRuntimeException(trailers);
            end = why;
            isFailed = !status.isOk();
            isClosing = true;
            for (Long id : underWay.keySet()) {
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
            return; // late, and nobody waits
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
                    .withDescription("the error in the answer cannot be read: " + malformed.getMessage())
                    .asRuntimeException();
        }
    }

    // ---- time

    /**
     * One timer for all items, and none while there are none: deadlines are seconds, and nearly all items are answered
     * long before.
     */
    private void tickLater() {
        if (!underWay.isEmpty() && isTicking.compareAndSet(false, true)) {
            Executor later = CompletableFuture.delayedExecutor(TICK_MILLIS, TimeUnit.MILLISECONDS, Runnable::run);
            later.execute(this::tick);
        }
    }

    private void tick() {
        boolean isStuck = false;
        try {
            for (PendingSubmit item : underWay.values()) {
                if (item.isLate() && taken(item.id) != null) {
                    isStuck |= item.isUnheard(heardNanos);
                    item.late();
                }
            }
            // Nobody takes them out while nothing can be written.
            writer.removeIf(part -> part instanceof PendingSubmit item && !underWay.containsKey(item.id));
        } finally {
            isTicking.set(false);
            tickLater();
        }
        if (isStuck) {
            breakOff();
        }
    }

    /** Ends the stream for all, instead of letting others wait until the connection is given up. */
    private void breakOff() {
        isBroken = true;
        isClosing = true;
        writer.write();
    }
}
