package dev.entente.participant.stream;

import com.google.protobuf.MessageLite;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.BranchCall;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** The coordinator's side of a stream: sends the calls of the test, and stores the answers by id. */
final class Coordinator implements ClientResponseObserver<ExecuteRequest, ExecuteResponse> {
    private final Map<Long, BranchAnswer> answers = new ConcurrentHashMap<>();
    private final AtomicInteger messages = new AtomicInteger();
    private final boolean reads;
    private @Nullable ClientCallStreamObserver<ExecuteRequest> call;
    private volatile @Nullable Status end;

    private Coordinator(boolean reads) {
        this.reads = reads;
    }

    static Coordinator of(ManagedChannel channel) {
        return open(channel, new Coordinator(true));
    }

    static Coordinator of(ManagedChannel channel, ClientInterceptor interceptor) {
        return open(ClientInterceptors.intercept(channel, interceptor), new Coordinator(true));
    }

    /** Returns a coordinator that reads nothing before {@link #readAll}. */
    static Coordinator deaf(ManagedChannel channel) {
        return open(channel, new Coordinator(false));
    }

    private static Coordinator open(Channel channel, Coordinator coordinator) {
        var unused = ParticipantServiceGrpc.newStub(channel).execute(coordinator);
        return coordinator;
    }

    static BranchCall.Builder branchCall(long id, String method, MessageLite request) {
        return BranchCall.newBuilder()
                .setId(id)
                .setMethod("bank.v1.AccountService/" + method)
                .setPayload(request.toByteString())
                .setTimeoutMillis(20_000)
                .setGid("order-" + id)
                .setBranch("debit")
                .setOp("try")
                .setAttempt(3)
                .setFence(7)
                .setFenceBase(1)
                .setPattern("tcc")
                .setCreated("2026-11-20T10:00:00.500Z")
                .setTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    }

    void send(BranchCall.Builder... calls) {
        send(ExecuteRequest.newBuilder()
                .addAllCalls(
                        List.of(calls).stream().map(BranchCall.Builder::build).toList()));
    }

    void send(ExecuteRequest.Builder message) {
        sending().onNext(message.build());
    }

    void readAll() {
        sending().request(Integer.MAX_VALUE);
    }

    void halfClose() {
        sending().onCompleted();
    }

    void breakOff() {
        sending().cancel("gone", null);
    }

    BranchAnswer answer(long id) {
        Awaitility.await().until(() -> answers.containsKey(id));
        return Objects.requireNonNull(answers.get(id));
    }

    List<BranchAnswer> answers() {
        return List.copyOf(answers.values());
    }

    int answered() {
        return answers.size();
    }

    int messages() {
        return messages.get();
    }

    Status end() {
        Awaitility.await().until(() -> end != null);
        return Objects.requireNonNull(end);
    }

    private ClientCallStreamObserver<ExecuteRequest> sending() {
        return Objects.requireNonNull(call);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ExecuteRequest> started) {
        call = started;
        if (!reads) {
            started.disableAutoRequestWithInitial(0);
        }
    }

    @Override
    public void onNext(ExecuteResponse message) {
        messages.incrementAndGet();
        for (BranchAnswer answer : message.getAnswersList()) {
            if (answers.put(answer.getId(), answer) != null) {
                throw new AssertionError("answered twice: " + answer.getId());
            }
        }
    }

    @Override
    public void onError(Throwable broken) {
        end = Status.fromThrowable(broken);
    }

    @Override
    public void onCompleted() {
        end = Status.OK;
    }
}
