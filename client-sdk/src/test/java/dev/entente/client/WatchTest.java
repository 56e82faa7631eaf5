package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class WatchTest {
    private static final Duration RETRY_FOR = Duration.ofSeconds(3);

    /** Leaves its first stream open, and ends the second stream with the final state of the transaction. */
    private static final class Slow extends TransactionServiceGrpc.TransactionServiceImplBase {
        final List<StreamObserver<Transaction>> streams = new CopyOnWriteArrayList<>();

        @Override
        public void watchTransaction(WatchTransactionRequest request, StreamObserver<Transaction> answer) {
            streams.add(answer);
            if (streams.size() == 1) {
                answer.onNext(transaction(Transaction.State.RUNNING, 1));
            } else {
                answer.onNext(transaction(Transaction.State.SUCCEEDED, 2));
                answer.onCompleted();
            }
        }

        private static Transaction transaction(Transaction.State state, long revision) {
            return Transaction.newBuilder()
                    .setGid("order-1")
                    .setState(state)
                    .setTerminal(state == Transaction.State.SUCCEEDED)
                    .setRevision(revision)
                    .build();
        }
    }

    @Test
    void a_stream_broken_after_a_long_silence_is_reopened() throws IOException {
        Slow coordinator = new Slow();
        try (Loopback server = new Loopback(coordinator);
                Entente entente = server.client().retryFor(RETRY_FOR).build();
                Watch watch = entente.transactions().watch("order-1")) {
            assertThat(watch.next().getState()).isEqualTo(Transaction.State.RUNNING);
            Deadline silence = Deadline.after(RETRY_FOR.toMillis(), TimeUnit.MILLISECONDS);
            Awaitility.await().until(silence::isExpired);
            coordinator.streams.get(0).onError(Status.UNAVAILABLE.asRuntimeException());

            assertThat(watch.next().getState()).isEqualTo(Transaction.State.SUCCEEDED);
            assertThat(watch.hasNext()).isFalse();
        }
    }

    @Test
    void a_watch_fails_when_its_client_closes() throws IOException {
        Slow coordinator = new Slow();
        try (Loopback server = new Loopback(coordinator)) {
            Entente entente = server.client().retryFor(Duration.ofHours(1)).build();
            CompletableFuture<Transaction> watch = entente.transactions().watchAsync("order-1", seen -> {});
            Awaitility.await().until(() -> !coordinator.streams.isEmpty());

            entente.close();

            assertThat(watch)
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(CoordinatorUnavailable.class);
        }
    }

    /**
     * Reports progress that is not durable, then fails. The next coordinator has other changes with the same revisions.
     */
    private static final class Forgetful extends TransactionServiceGrpc.TransactionServiceImplBase {
        final List<Long> afterRevisions = new CopyOnWriteArrayList<>();

        @Override
        public void watchTransaction(WatchTransactionRequest request, StreamObserver<Transaction> answer) {
            afterRevisions.add(request.getAfterRevision());
            if (afterRevisions.size() == 1) {
                answer.onNext(Slow.transaction(Transaction.State.RUNNING, 4).toBuilder()
                        .setAsLastSeen(true)
                        .build());
                answer.onError(Status.UNAVAILABLE.asRuntimeException());
            } else if (afterRevisions.size() == 2) {
                answer.onNext(Slow.transaction(Transaction.State.UNDOING, 4));
                answer.onError(Status.UNAVAILABLE.asRuntimeException());
            } else {
                answer.onNext(Slow.transaction(Transaction.State.SUCCEEDED, 6));
                answer.onCompleted();
            }
        }
    }

    @Test
    void a_watch_resumes_from_its_last_durable_revision() throws IOException {
        Forgetful coordinator = new Forgetful();
        try (Loopback server = new Loopback(coordinator);
                Entente entente = server.client().build();
                Watch watch = entente.transactions().watch("order-1")) {
            assertThat(watch.next().getState()).isEqualTo(Transaction.State.RUNNING);
            assertThat(watch.next().getState()).isEqualTo(Transaction.State.UNDOING);
            assertThat(watch.next().getState()).isEqualTo(Transaction.State.SUCCEEDED);
            assertThat(watch.hasNext()).isFalse();
        }
        assertThat(coordinator.afterRevisions).containsExactly(0L, 0L, 4L);
    }
}
