package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import bank.v1.SettleRequest;
import bank.v1.SettleResponse;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import dev.entente.participant.stream.ParticipantStream;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.BranchCall;
import dev.entente.v1.ExecuteRequest;
import dev.entente.v1.ExecuteResponse;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The barrier behind a stream: on a real PostgreSQL, over the loopback interface, with duplicates in one message. */
class StreamedBarrierTest {
    private final DataSource database = TestDatabase.schema("streamed");
    private final Barrier barrier = TestDatabase.barrier();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<Long, BranchAnswer> answers = new ConcurrentHashMap<>();
    private Server server = NettyServerBuilder.forPort(0).build();
    private ManagedChannel channel = Grpc.newChannelBuilder("localhost:1", InsecureChannelCredentials.create())
            .build();

    @BeforeEach
    void start() throws IOException, SQLException {
        barrier.createTable(database);
        TestDatabase.execute(database, "create table effect (what text)");
        BranchInterceptor branch = new BranchInterceptor();
        server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), InsecureServerCredentials.create())
                .executor(threads)
                .addService(ParticipantStream.builder(threads)
                        .addService(new Service())
                        .intercept(branch)
                        .build())
                .build()
                .start();
        channel.shutdownNow();
        channel = Grpc.newChannelBuilder(
                        InetAddress.getLoopbackAddress().getHostAddress() + ":" + server.getPort(),
                        InsecureChannelCredentials.create())
                .build();
    }

    @AfterEach
    void stop() throws InterruptedException {
        channel.shutdownNow();
        server.shutdownNow().awaitTermination();
        threads.shutdownNow();
    }

    @Test
    void duplicates_in_one_message_run_once_and_all_get_an_answer() throws SQLException {
        ExecuteRequest.Builder message = ExecuteRequest.newBuilder();
        for (int id = 1; id <= 8; id++) {
            message.addCalls(call(id, "order-1", "try", "TryFreeze", account("alice")));
        }
        send(message);
        Awaitility.await().until(() -> answers.size() == 8);

        assertThat(answers.values()).anyMatch(answer -> answer.getCode() == 0);
        // Who met the first one at work is told to come again.
        assertThat(answers.values())
                .allMatch(answer -> answer.getCode() == 0 || answer.getCode() == Status.Code.UNAVAILABLE.value());
        assertThat(TestDatabase.text(database, "select count(*) from effect")).isEqualTo("1");
    }

    @Test
    void a_stored_rejection_is_settled_and_an_undo_refuses_the_late_try() throws SQLException {
        send(ExecuteRequest.newBuilder().addCalls(call(1, "order-1", "try", "TryFreeze", account("mallory"))));
        assertThat(answer(1).getSettled()).isTrue();
        send(ExecuteRequest.newBuilder().addCalls(call(2, "order-2", "cancel", "CancelFreeze", account("alice"))));
        assertThat(answer(2).getCode()).isZero();
        send(ExecuteRequest.newBuilder().addCalls(call(3, "order-2", "try", "TryFreeze", account("alice"))));

        assertThat(answer(3).getSettled()).isTrue();
        assertThat(TestDatabase.text(database, "select count(*) from effect")).isEqualTo("0");
    }

    private BranchAnswer answer(long id) {
        Awaitility.await().until(() -> answers.containsKey(id));
        return Objects.requireNonNull(answers.get(id));
    }

    private static FreezeRequest account(String name) {
        return FreezeRequest.newBuilder().setAccount(name).build();
    }

    private static BranchCall call(long id, String gid, String op, String method, MessageLite request) {
        return BranchCall.newBuilder()
                .setId(id)
                .setMethod("bank.v1.AccountService/" + method)
                .setPayload(request.toByteString())
                .setTimeoutMillis(20_000)
                .setGid(gid)
                .setBranch("debit")
                .setOp(op)
                .build();
    }

    private void send(ExecuteRequest.Builder message) {
        StreamObserver<ExecuteRequest> stream = ParticipantServiceGrpc.newStub(channel)
                .execute(new StreamObserver<>() {
                    @Override
                    public void onNext(ExecuteResponse response) {
                        response.getAnswersList().forEach(answer -> answers.put(answer.getId(), answer));
                    }

                    @Override
                    public void onError(Throwable broken) {
                        throw new AssertionError(broken);
                    }

                    @Override
                    public void onCompleted() {
                        // After the last answer.
                    }
                });
        stream.onNext(message.build());
        stream.onCompleted();
    }

    private final class Service extends AccountServiceGrpc.AccountServiceImplBase {
        @Override
        public void tryFreeze(FreezeRequest request, StreamObserver<FreezeResponse> answer) {
            respond(FreezeResponse.newBuilder().setFreezeId("f-1").build(), request.getAccount(), answer);
        }

        @Override
        public void cancelFreeze(SettleRequest request, StreamObserver<SettleResponse> answer) {
            respond(SettleResponse.getDefaultInstance(), "", answer);
        }

        private <R extends Message> void respond(R response, String account, StreamObserver<R> answer) {
            try {
                @SuppressWarnings("unchecked")
                R none = (R) response.getDefaultInstanceForType();
                answer.onNext(barrier.run(database, none, connection -> {
                    effect(connection, account);
                    return response;
                }));
                answer.onCompleted();
            } catch (SQLException broken) {
                answer.onError(Status.INTERNAL.withCause(broken).asException());
            }
        }

        private static void effect(Connection connection, String account) throws SQLException {
            if (account.equals("mallory")) {
                throw new Rejection("INSUFFICIENT_FUNDS", account);
            }
            try (var statement = connection.createStatement()) {
                statement.execute("insert into effect values ('" + account + "')");
            }
        }
    }
}
