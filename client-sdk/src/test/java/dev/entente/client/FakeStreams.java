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

/** The streams of a {@link FakeCoordinator}: items go the way of its unary submits, unless the test says otherwise. */
public final class FakeStreams {
    /** How many items each message had. */
    final List<Integer> batches = new CopyOnWriteArrayList<>();

    final List<SubmitTransactionsRequest> messages = new CopyOnWriteArrayList<>();

    /** Items whose gid starts so are never answered. */
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

    /** As a coordinator of before there were streams. */
    void forget() {
        isKnown = false;
    }

    public StreamObserver<SubmitTransactionsRequest> open(StreamObserver<SubmitTransactionsResponse> answers) {
        Open stream = new Open(answers);
        open.add(stream);
        return stream;
    }

    /** How many were opened. */
    int opened() {
        return open.size();
    }

    /** All of them break. */
    void breakAll() {
        open.forEach(Open::breakOff);
    }

    /** The coordinator goes. */
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

        /** With items that hang it stays half-closed. */
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
