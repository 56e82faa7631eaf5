package dev.entente.server.api.access;

import io.grpc.Context;
import io.grpc.ServerCall;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds a call's events back from its message on, until what must know of the call does. Events stay in their order,
 * and one at a time. For one call with one message.
 */
abstract class HeldListener<Q> extends ServerCall.Listener<Q> {
    private final ServerCall.Listener<Q> service;
    private final Consumer<Throwable> refuse;
    /** A call of one message has five events at most. */
    private final Queue<Runnable> held = new ArrayDeque<>();

    private boolean isHeld;
    private boolean isRefused;

    /** @param refuse ends the call; the service hears nothing more of it */
    HeldListener(ServerCall.Listener<Q> service, Consumer<Throwable> refuse) {
        this.service = service;
        this.refuse = refuse;
    }

    /** Completes once the service may have the message. */
    abstract CompletableFuture<Void> before(Q message);

    @Override
    public final void onMessage(Q message) {
        CompletableFuture<Void> told = before(message);
        if (told.isDone() && !told.isCompletedExceptionally()) {
            service.onMessage(message);
            return;
        }
        synchronized (held) {
            isHeld = true;
            held.add(() -> service.onMessage(message));
        }
        Context context = Context.current();
        var _ = told.whenComplete((_, failed) -> context.run(() -> release(failed)));
    }

    @Override
    public final void onHalfClose() {
        pass(service::onHalfClose);
    }

    @Override
    public final void onCancel() {
        pass(service::onCancel);
    }

    @Override
    public final void onComplete() {
        pass(service::onComplete);
    }

    @Override
    public final void onReady() {
        pass(service::onReady);
    }

    private void pass(Runnable event) {
        synchronized (held) {
            if (isRefused) {
                return;
            }
            if (isHeld) {
                held.add(event);
                return;
            }
        }
        event.run();
    }

    private void release(@Nullable Throwable failed) {
        if (failed != null) {
            synchronized (held) {
                isRefused = true;
                held.clear();
            }
            refuse.accept(failed);
            return;
        }
        while (true) {
            Runnable next;
            synchronized (held) {
                next = held.poll();
                if (next == null) {
                    isHeld = false;
                    return;
                }
            }
            next.run();
        }
    }
}
