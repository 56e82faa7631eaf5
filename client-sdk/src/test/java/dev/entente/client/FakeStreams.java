package dev.entente.client;

import dev.entente.v1.SubmitAnswer;
import dev.entente.v1.SubmitItem;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** The streams of a {@link FakeCoordinator}. Items are handled like unary submits, unless the test sets otherwise. */
public final class FakeStreams {
    /** The number of items of each message. */
    final List<Integer> batches = new CopyOnWriteArrayList<>();

    final List<SubmitTransactionsRequest> messages = new CopyOnWriteArrayList<>();

    /** Prefixes of gids. Items with these gids are never answered. */
    final Set<String> hung = ConcurrentHashMap.newKeySet();

    private final BiConsumer<SubmitTransactionRequest, StreamObserver<SubmitTransactionResponse>> submit;
    private final List<Open> open = new CopyOnWriteArrayList<>();
    private volatile boolean isKnown = true;

    public FakeStreams(BiConsumer<SubmitTransactionRequest, StreamObserver<SubmitTransactionResponse>> submit) {
        this.submit = submit;
    }

    boolean isKnown() {
        return isKnown;
    }

    /** Refuses streams, like an old coordinator that does not implement them. */
    void forget() {
        isKnown = false;
    }

    public StreamObserver<SubmitTransactionsRequest> open(StreamObserver<SubmitTransactionsResponse> answers) {
        Open stream = new Open(answers);
        open.add(stream);
        return stream;
    }

    /** Returns the number of opened streams. */
    int opened() {
        return open.size();
    }

    /** Breaks all streams. */
    void breakAll() {
        open.forEach(Open::breakOff);
    }

    /** Announces the shutdown of the coordinator on all streams. */
    void goAway() {
        open.forEach(Open::goAway);
    }

    private final class Open implements StreamObserver<SubmitTransactionsRequest> {
        private final StreamObserver<SubmitTransactionsResponse> answers;
        private boolean isOver;

        Open(StreamObserver<SubmitTransactionsResponse> answers) {
            this.answers = answers;
        }

        @Override
        public void onNext(SubmitTransactionsRequest message) {
            messages.add(message);
            batches.add(message.getItemsCount());
            SubmitTransactionsResponse.Builder answered = SubmitTransactionsResponse.newBuilder();
            for (SubmitItem item : message.getItemsList()) {
                boolean isHung =
                        hung.stream().anyMatch(item.getRequest().getPlan().getGid()::startsWith);
                if (!isHung) {
                    submit.accept(item.getRequest(), new Answer(item.getId(), answered));
                }
            }
            if (answered.getAnswersCount() > 0) {
                send(answered.build());
            }
        }

        private synchronized void send(SubmitTransactionsResponse message) {
            if (!isOver) {
                answers.onNext(message);
            }
        }

        synchronized void breakOff() {
            if (!isOver) {
                isOver = true;
                answers.onError(
                        Status.INTERNAL.withDescription("cut by the test").asRuntimeException());
            }
        }

        void goAway() {
            send(SubmitTransactionsResponse.newBuilder().setClosing(true).build());
        }

        @Override
        public synchronized void onError(Throwable broken) {
            isOver = true;
        }

        /** Leaves the stream half-closed if some items are never answered. */
        @Override
        public synchronized void onCompleted() {
            if (!isOver && hung.isEmpty()) {
                isOver = true;
                answers.onCompleted();
            }
        }
    }

    private record Answer(long id, SubmitTransactionsResponse.Builder answered)
            implements StreamObserver<SubmitTransactionResponse> {
        @Override
        public void onNext(SubmitTransactionResponse response) {
            answered.addAnswers(SubmitAnswer.newBuilder().setId(id).setResponse(response));
        }

        @Override
        public void onError(Throwable thrown) {
            answered.addAnswers(SubmitAnswer.newBuilder()
                    .setId(id)
                    .setError(Objects.requireNonNull(StatusProto.fromThrowable(thrown))
                            .toByteString()));
        }

        @Override
        public void onCompleted() {}
    }
}
