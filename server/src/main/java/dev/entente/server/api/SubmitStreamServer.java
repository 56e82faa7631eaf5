package dev.entente.server.api;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.wire.Errors;
import dev.entente.v1.SubmitAnswer;
import dev.entente.v1.SubmitItem;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One stream of submits: items run independently, and each answer is sent as soon as it exists.
 *
 * <p>Everything except the completion of items runs on the stream's own event loop, without locks. A completion is
 * queued, and a flush is scheduled after the event loop's current work. A batch that becomes durable completes many
 * items in one task, and their answers share one message. Answers queued during a write share a message, too.
 *
 * <p>Above the limit of items in flight, new items are refused. If they were left unread, cancellations and new items
 * would wait behind items that wait for minutes. Reads pause only for a client that does not read its answers.
 */
final class SubmitStreamServer implements StreamObserver<SubmitTransactionsRequest> {
    static final String METHOD =
            TransactionServiceGrpc.getSubmitTransactionsMethod().getFullMethodName();

    /** The limit of items in flight on a stream, equal to the limit of unary calls on a connection. */
    static final int MAX_IN_FLIGHT = 8192;

    /** The limit of unsent answer bytes for a client that does not read. Items in flight may exceed the limit. */
    private static final long MAX_UNSENT_BYTES = 8 << 20;

    /** A limit far below the default message limit of clients, 4 MiB. */
    private static final int MAX_MESSAGE_BYTES = 1 << 20;

    /** The interval between timeout checks. Clients measure their own timeouts; the check frees abandoned items. */
    private static final Duration TICK = Duration.ofMillis(100);

    private static final Duration PAUSE = Duration.ofMillis(500);

    private final ServerCallStreamObserver<SubmitTransactionsResponse> client;
    private final Executor home;
    private final SubmitStreams.Work work;
    private final Supplier<Caller> admission;
    private final SubmitStreams streams;
    private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unsent = new AtomicInteger();
    private final AtomicLong unsentBytes = new AtomicLong();
    private final AtomicBoolean isFlushing = new AtomicBoolean();
    private final Map<Long, Item> items = new HashMap<>();
    private boolean isTicking;
    private boolean isPaused;
    private boolean isHalfClosed;
    private boolean isClosing;
    private boolean isOver;

    /**
     * An answer to send, an item to remove, or both.
     *
     * @param item null for an item that was refused on arrival
     * @param answer null if the client no longer waits for the answer
     */
    private record Ended(@Nullable Item item, @Nullable SubmitAnswer answer) {
        int bytes() {
            return answer == null ? 0 : answer.getSerializedSize();
        }
    }

    /**
     * Call on the call's own thread, which must be {@code home}. {@code admission} throws if the caller has lost its
     * access.
     */
    SubmitStreamServer(
            ServerCallStreamObserver<SubmitTransactionsResponse> client,
            Executor home,
            SubmitStreams.Work work,
            Supplier<Caller> admission,
            SubmitStreams streams) {
        this.client = client;
        this.home = home;
        this.work = work;
        this.admission = admission;
        this.streams = streams;
        client.setOnReadyHandler(this::flush);
        client.setOnCancelHandler(this::leave);
        client.disableAutoRequest();
        client.request(1);
    }

    // ---- incoming

    @Override
    public void onNext(SubmitTransactionsRequest message) {
        if (isOver) {
            return;
        }
        message.getCancelledList().forEach(this::forget);
        try {
            takeAll(message.getItemsList());
        } catch (Refusal refusal) {
            end(refusal);
            return;
        }
        readOn();
    }

    /** Takes the items. If the caller has lost access, each new item is refused; items in flight keep their answers. */
    private void takeAll(List<SubmitItem> sent) {
        Caller caller;
        try {
            caller = admission.get();
        } catch (Refusal refusal) {
            sent.forEach(item -> refuse(item, refusal));
            drain();
            return;
        }
        for (SubmitItem item : sent) {
            take(item, caller);
        }
    }

    /** @throws Refusal for a duplicate or zero id, because the client could not assign the answers to the items */
    private void take(SubmitItem sent, Caller caller) {
        if (sent.getId() == 0 || items.containsKey(sent.getId())) {
            throw Filters.malformed(
                    "items.id", "is " + sent.getId() + "; give each item on a stream its own id, and not 0");
        }
        Refusal refusal = refusal();
        if (refusal != null) {
            refuse(sent, refusal);
            return;
        }
        Item item = new Item(sent);
        items.put(item.id, item);
        var _ = work.start(sent.getRequest(), caller.in(Authentication.trace(sent.getTraceparent())), item.presence)
                .whenComplete(item::ended);
        tickLater();
    }

    private void refuse(SubmitItem sent, Refusal refusal) {
        streams.answered(Errors.of(refusal).getStatus().getCode().name(), 0);
        ended(null, refused(sent.getId(), Errors.status(refusal)));
    }

    private @Nullable Refusal refusal() {
        if (isClosing) {
            return draining();
        }
        if (items.size() >= MAX_IN_FLIGHT) {
            return Refusal.temporary(
                    ErrorCode.OVERLOADED,
                    MAX_IN_FLIGHT
                            + " submits are in flight on this stream; send the item again later, or in a separate call",
                    PAUSE);
        }
        return null;
    }

    private static Refusal draining() {
        return Refusal.temporary(
                ErrorCode.DRAINING,
                ErrorCode.DRAINING.meaning() + "; send the same gid again to another coordinator",
                PAUSE);
    }

    private void forget(long id) {
        Item item = items.get(id);
        if (item != null && item.claim()) {
            item.presence.end();
        }
    }

    private void readOn() {
        isPaused = unsent.get() >= MAX_IN_FLIGHT || unsentBytes.get() >= MAX_UNSENT_BYTES;
        if (!isPaused) {
            client.request(1);
        }
    }

    @Override
    public void onCompleted() {
        isHalfClosed = true;
        completeIfDone();
    }

    @Override
    public void onError(Throwable broken) {
        leave();
    }

    /** Ends the stream of a disconnected client: no client waits, and no transaction is aborted. */
    private void leave() {
        isOver = true;
        items.values().forEach(item -> item.presence.end());
        streams.closed(this);
    }

    // ---- outgoing

    private void ended(@Nullable Item item, @Nullable SubmitAnswer answer) {
        Ended reported = new Ended(item, answer);
        unsent.incrementAndGet();
        unsentBytes.addAndGet(reported.bytes());
        ended.add(reported);
        if (isFlushing.compareAndSet(false, true)) {
            atHome(() -> {
                isFlushing.set(false);
                flush();
            });
        }
    }

    private void flush() {
        while (!isOver && client.isReady() && ended.peek() != null) {
            SubmitTransactionsResponse message = gathered();
            if (message.getAnswersCount() > 0) {
                client.onNext(message);
            }
        }
        if (isOver) {
            return;
        }
        if (isPaused) {
            readOn();
        }
        completeIfDone();
    }

    private SubmitTransactionsResponse gathered() {
        SubmitTransactionsResponse.Builder message = SubmitTransactionsResponse.newBuilder();
        int bytes = 0;
        for (Ended next = ended.poll(); next != null; next = bytes < MAX_MESSAGE_BYTES ? ended.poll() : null) {
            unsent.decrementAndGet();
            unsentBytes.addAndGet(-next.bytes());
            if (next.item() != null && next.item().hasEnded) {
                items.remove(next.item().id);
            }
            if (next.answer() != null) {
                message.addAnswers(next.answer());
                bytes += next.bytes();
            }
        }
        return message.build();
    }

    private void completeIfDone() {
        if (isHalfClosed && !isOver && items.isEmpty() && ended.peek() == null) {
            leave();
            client.onCompleted();
        }
    }

    private static SubmitAnswer refused(long id, Status status) {
        return SubmitAnswer.newBuilder()
                .setId(id)
                .setError(status.toByteString())
                .build();
    }

    // ---- time

    private void tickLater() {
        if (!isTicking && !items.isEmpty()) {
            isTicking = true;
            streams.later(TICK, () -> atHome(this::tick));
        }
    }

    private void tick() {
        isTicking = false;
        if (isOver) {
            return;
        }
        long now = System.nanoTime();
        items.values().stream().filter(item -> item.isLate(now)).forEach(Item::giveUp);
        tickLater();
    }

    // ---- the end

    /** Refuses new items from now on; the client receives a message, and half-closes. Thread-safe. */
    void drain() {
        atHome(() -> {
            if (!isClosing && !isOver) {
                isClosing = true;
                client.onNext(
                        SubmitTransactionsResponse.newBuilder().setClosing(true).build());
            }
        });
    }

    /** Ends the stream after the queued answers. Thread-safe. */
    void end() {
        atHome(() -> {
            flush();
            end(draining());
        });
    }

    private void end(Refusal refusal) {
        if (!isOver) {
            leave();
            client.onError(Errors.of(refusal));
        }
    }

    private void atHome(Runnable task) {
        try {
            home.execute(task);
        } catch (RejectedExecutionException stopped) {
            // The event loops and the connection have ended.
        }
    }

    /** One submit, which is answered at most once. */
    private final class Item {
        private final long id;
        private final ClientPresence presence = new ClientPresence();
        private final AtomicBoolean isClaimed = new AtomicBoolean();
        private final long began = System.nanoTime();
        private final long limitNanos;
        private volatile boolean hasEnded;

        Item(SubmitItem sent) {
            id = sent.getId();
            limitNanos = sent.getTimeoutMillis() <= 0
                    ? Long.MAX_VALUE
                    : Duration.ofMillis(Math.min(sent.getTimeoutMillis(), Integer.MAX_VALUE))
                            .toNanos();
        }

        /**
         * Claims the item, and returns whether the claim succeeded. Only the caller that succeeded may answer the item.
         */
        boolean claim() {
            return isClaimed.compareAndSet(false, true);
        }

        boolean isLate(long now) {
            return now - began > limitNanos;
        }

        void ended(@Nullable SubmitTransactionResponse response, @Nullable Throwable thrown) {
            hasEnded = true;
            if (!claim()) {
                SubmitStreamServer.this.ended(this, null);
            } else if (response != null) {
                answer(
                        Code.OK,
                        SubmitAnswer.newBuilder()
                                .setId(id)
                                .setResponse(response)
                                .build());
            } else {
                Status status = Errors.status(Objects.requireNonNull(thrown));
                answer(Code.forNumber(status.getCode()), refused(id, status));
            }
        }

        void giveUp() {
            if (claim()) {
                answer(
                        Code.DEADLINE_EXCEEDED,
                        refused(
                                id,
                                Status.newBuilder()
                                        .setCode(Code.DEADLINE_EXCEEDED_VALUE)
                                        .setMessage("the time limit of this item has passed; an accepted transaction"
                                                + " continues")
                                        .build()));
                presence.end();
            }
        }

        private void answer(@Nullable Code code, SubmitAnswer answer) {
            streams.answered(code == null ? "UNKNOWN" : code.name(), System.nanoTime() - began);
            SubmitStreamServer.this.ended(this, answer);
        }
    }
}
