package dev.entente.client;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import dev.entente.participant.BranchException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A participant whose next answers the test sets. */
final class FakeBank extends AccountServiceGrpc.AccountServiceImplBase {
    final List<String> frozen = new CopyOnWriteArrayList<>();
    private final Deque<RuntimeException> failures = new ArrayDeque<>();
    private @Nullable CountDownLatch freezeLatch;

    /** Makes the next freeze fail with this exception. */
    synchronized void fail(RuntimeException failure) {
        failures.add(failure);
    }

    /** Makes freezes wait until the returned latch is counted down. */
    synchronized CountDownLatch hold() {
        CountDownLatch held = new CountDownLatch(1);
        freezeLatch = held;
        return held;
    }

    @Override
    public void tryFreeze(FreezeRequest request, StreamObserver<FreezeResponse> answer) {
        RuntimeException failure;
        CountDownLatch held;
        synchronized (this) {
            failure = failures.poll();
            held = freezeLatch;
        }
        frozen.add(request.getAccount());
        awaitLatch(held);
        if (failure instanceof BranchException) {
            throw failure;
        }
        if (failure != null) {
            answer.onError(failure);
            return;
        }
        answer.onNext(FreezeResponse.newBuilder()
                .setFreezeId("f-" + request.getAccount())
                .build());
        answer.onCompleted();
    }

    private static void awaitLatch(@Nullable CountDownLatch held) {
        try {
            if (held != null) {
                held.await();
            }
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
