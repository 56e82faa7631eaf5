package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.client.Participant;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.BranchOp;
import dev.entente.participant.stream.ParticipantStream;
import dev.entente.v1.Transaction;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Participants with the SDK and a real server with tokens. Each try registers and tries a child of its own, four deep,
 * as a principal that did not submit the transaction.
 */
class NestedTriesTest {
    private static final StringValue DONE = StringValue.of("done");
    private static final MethodDescriptor<StringValue, StringValue> NEST =
            TextService.method("nest.v1.NestService/Nest");

    private static final List<String> CALLS = new CopyOnWriteArrayList<>();
    private static io.grpc.Server unary;
    private static io.grpc.Server streaming;
    private static LocalCoordinator server;
    private static Entente entente;
    private static Entente joining;

    @TempDir
    static Path folder;

    @BeforeAll
    static void start() throws IOException {
        unary = participant(false);
        streaming = participant(true);
        Principals principals = new Principals(folder, "shop submitter", "nest submitter");
        server = LocalCoordinator.start(
                "auth.tokenFile",
                principals.file.toString(),
                "participants.unary.target",
                TextService.target(unary),
                "participants.unary.stream",
                "off",
                "participants.streaming.target",
                TextService.target(streaming));
        entente = client(principals.secret("shop"));
        joining = client(principals.secret("nest"));
    }

    private static Entente client(String token) {
        return Entente.builder(server.target())
                .bearerToken(token)
                .participant("unary", TextService.target(unary))
                .participant("streaming", TextService.target(streaming))
                .build();
    }

    @AfterAll
    static void stop() {
        entente.close();
        joining.close();
        server.close();
        unary.shutdownNow();
        streaming.shutdownNow();
    }

    private static io.grpc.Server participant(boolean streams) throws IOException {
        BranchInterceptor interceptor = new BranchInterceptor();
        ServerServiceDefinition service = TextService.of(NEST, NestedTriesTest::serve);
        NettyServerBuilder builder =
                TextService.onAnyPort().intercept(interceptor).addService(service);
        if (streams) {
            builder.addService(
                    ParticipantStream.builder(task -> Thread.ofVirtual().start(task))
                            .addService(service)
                            .intercept(interceptor)
                            .build()
                            .bindService());
        }
        return builder.build().start();
    }

    /**
     * Serves requests like "unary 3 careless": tries three more branches below itself, at that participant. The last
     * parent ignores its child's failure.
     */
    private static void serve(StringValue request, StreamObserver<StringValue> observer) {
        Branch branch = Branch.required();
        CALLS.add(branch.gid() + " " + branch.name() + " " + branch.op());
        String[] words = request.getValue().split(" ", -1);
        int depth = Integer.parseInt(words[1]);
        if (branch.op() == BranchOp.TRY && depth > 0) {
            try {
                String less = words[0] + " " + (depth - 1) + (words.length > 2 ? " " + words[2] : "");
                joining.join(branch.gid(), branch.name()).tryBranch("n", call(less), call(less), call(less));
            } catch (RuntimeException refused) {
                if (depth > 1 || words.length < 3) {
                    throw refused;
                }
            }
        } else if (branch.op() == BranchOp.TRY && words.length > 2) {
            observer.onError(Status.FAILED_PRECONDITION.asRuntimeException());
            return;
        }
        observer.onNext(DONE);
        observer.onCompleted();
    }

    private static Call<StringValue> call(String request) {
        Participant participant = entente.participant(request.substring(0, request.indexOf(' ')));
        return participant.call(NEST, StringValue.of(request));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unary", "streaming"})
    void branches_registered_by_tries_are_confirmed_in_a_submitted_transaction(String way) {
        String gid = "submitted-" + way;
        Call<StringValue> call = call(way + " 3");
        Outcome outcome =
                entente.tcc("nested").gid(gid).branch("a", call, call, call).submitAndWait(PatientAwaits.BOUND);

        assertThat(outcome).isInstanceOf(Outcome.Succeeded.class);
        assertThat(confirmed(gid)).containsExactly("a", "a/n", "a/n/n", "a/n/n/n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"unary", "streaming"})
    void branches_registered_by_tries_are_confirmed_in_a_clients_transaction(String way) {
        String gid = "interactive-" + way;
        Call<StringValue> call = call(way + " 3");
        entente.tcc("nested").gid(gid).execute(scope -> scope.tryBranch("a", call, call, call));

        assertThat(entente.transactions().await(gid, PatientAwaits.BOUND)).isInstanceOf(Outcome.Succeeded.class);
        assertThat(confirmed(gid)).containsExactly("a", "a/n", "a/n/n", "a/n/n/n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"unary", "streaming"})
    void a_try_that_ignores_a_failed_child_aborts_a_submitted_transaction(String way) {
        String gid = "careless-" + way;
        Call<StringValue> call = call(way + " 2 careless");
        Outcome outcome =
                entente.tcc("nested").gid(gid).branch("a", call, call, call).submitAndWait(PatientAwaits.BOUND);

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Aborted.class,
                        aborted -> assertThat(aborted.reason()).contains("'a/n/n'"));
        assertThat(confirmed(gid)).isEmpty();
        assertThat(CALLS).contains(gid + " a cancel", gid + " a/n cancel", gid + " a/n/n cancel");
    }

    @ParameterizedTest
    @ValueSource(strings = {"unary", "streaming"})
    void a_try_that_ignores_a_failed_child_prevents_a_clients_commit(String way) {
        String gid = "careless-client-" + way;
        Call<StringValue> call = call(way + " 2 careless");
        assertThatThrownBy(
                        () -> entente.tcc("nested").gid(gid).execute(scope -> scope.tryBranch("a", call, call, call)))
                .hasMessageContaining("ENT-045")
                .hasMessageContaining("'a/n/n'");

        assertThat(entente.transactions().describe(gid).getState()).isEqualTo(Transaction.State.BEGUN);
    }

    private static List<String> confirmed(String gid) {
        return CALLS.stream()
                .filter(call -> call.startsWith(gid + " ") && call.endsWith(" confirm"))
                .map(call -> call.split(" ", -1)[1])
                .toList();
    }
}
