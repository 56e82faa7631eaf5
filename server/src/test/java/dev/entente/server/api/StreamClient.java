package dev.entente.server.api;

import static org.awaitility.Awaitility.await;

import dev.entente.v1.SubmitAnswer;
import dev.entente.v1.SubmitItem;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The client of a stream of submits, message by message. */
final class StreamClient implements ClientResponseObserver<SubmitTransactionsRequest, SubmitTransactionsResponse> {
    final Map<Long, SubmitAnswer> answers = new ConcurrentHashMap<>();
    final List<SubmitTransactionsResponse> messages = new CopyOnWriteArrayList<>();
    private final boolean reads;
    private volatile @Nullable ClientCallStreamObserver<SubmitTransactionsRequest> call;
    private volatile @Nullable Status end;

    private StreamClient(boolean reads) {
        this.reads = reads;
    }

    static StreamClient open(Channel channel) {
        return open(channel, true);
    }

    /** Returns a client that takes no responses before {@link #read}. */
    static StreamClient thatDoesNotRead(Channel channel) {
        return open(channel, false);
    }

    private static StreamClient open(Channel channel, boolean reads) {
        StreamClient client = new StreamClient(reads);
        var _ = TransactionServiceGrpc.newStub(channel).submitTransactions(client);
        return client;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<SubmitTransactionsRequest> stream) {
        call = stream;
        if (!reads) {
            stream.disableAutoRequestWithInitial(0);
        }
    }

    private ClientCallStreamObserver<SubmitTransactionsRequest> call() {
        return Objects.requireNonNull(call);
    }

    void read(int messages) {
        call().request(messages);
    }

    static SubmitItem item(long id, SubmitTransactionRequest request) {
        return SubmitItem.newBuilder().setId(id).setRequest(request).build();
    }

    void send(SubmitItem... items) {
        call().onNext(SubmitTransactionsRequest.newBuilder()
                .addAllItems(List.of(items))
                .build());
    }

    void send(long id, SubmitTransactionRequest request) {
        send(item(id, request));
    }

    void cancelItem(long id) {
        call().onNext(SubmitTransactionsRequest.newBuilder().addCancelled(id).build());
    }

    void halfClose() {
        call().onCompleted();
    }

    void breakOff() {
        call().cancel("broken by the test", null);
    }

    SubmitAnswer answer(long id) {
        await().until(() -> answers.containsKey(id) || end != null);
        return Objects.requireNonNull(answers.get(id), () -> "not answered; the stream ended with " + end);
    }

    /** Returns the error of that item as a unary call would throw it. */
    Refused refused(long id) throws Exception {
        com.google.rpc.Status status =
                com.google.rpc.Status.parseFrom(answer(id).getError());
        return Refused.by(() -> {
            throw StatusProto.toStatusRuntimeException(status);
        });
    }

    Status end() {
        await().until(() -> end != null);
        return Objects.requireNonNull(end);
    }

    boolean hasEnded() {
        return end != null;
    }

    @Override
    public void onNext(SubmitTransactionsResponse message) {
        messages.add(message);
        message.getAnswersList().forEach(answer -> answers.put(answer.getId(), answer));
    }

    @Override
    public void onError(Throwable thrown) {
        end = Status.fromThrowable(thrown);
    }

    @Override
    public void onCompleted() {
        end = Status.OK;
    }
}
