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

/** A participant whose next answers the test decides. */
final class FakeBank extends AccountServiceGrpc.AccountServiceImplBase {
    final List<String> frozen = new CopyOnWriteArrayList<>();
    private final Deque<RuntimeException> failures = new ArrayDeque<>();
    private @Nullable CountDownLatch gate;

    /** The next freeze fails so. */
    synchronized void fail(RuntimeException failure) {
        failures.add(failure);
    }

    /** Freezes wait until this is counted down. */
    synchronized CountDownLatch hold() {
        CountDownLatch held = new CountDownLatch(1);
        gate = held;
        return held;
    }

    @Override
    public void tryFreeze(FreezeRequest request, StreamObserver<FreezeResponse> answer) {
        RuntimeException failure;
        CountDownLatch held;
        synchronized (this) {
            failure = failures.poll();
            held = gate;
        }
        frozen.add(request.getAccount());
        awaitGate(held);
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

    private static void awaitGate(@Nullable CountDownLatch held) {
        try {
            if (held != null) {
                held.await();
            }
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
