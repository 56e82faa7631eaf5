package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Value;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import com.google.rpc.Status;
import dev.entente.server.store.StoreOverloaded;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitAnswer;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same submits in a call of their own and over a stream: the same answers, to the last detail. */
class SubmitContractTest {
    private static final SubmitTransactionRequest SAGA = SubmitTransactionRequest.newBuilder()
            .setPlan(SamplePlans.saga("t-1"))
            .build();

    /**
     * Something to submit.
     *
     * @param before what the coordinator has come to by then
     */
    record Case(String name, Consumer<LoopbackApi> before, SubmitTransactionRequest request) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("a new plan", _ -> {}, SAGA),
                new Case("the same plan again", SubmitContractTest::submit, SAGA),
                new Case("another plan under the same gid", SubmitContractTest::submit, named("other")),
                new Case(
                        "a wait that ends early",
                        SubmitContractTest::succeed,
                        SAGA.toBuilder().setWait(Durations.fromMinutes(5)).build()),
                new Case("a wait that is over", SubmitContractTest::submit, waiting(30)),
                new Case("a negative wait", _ -> {}, waiting(-1)),
                new Case(
                        "a check only",
                        _ -> {},
                        SAGA.toBuilder().setValidateOnly(true).build()),
                new Case(
                        "a result as JSON",
                        SubmitContractTest::succeed,
                        SAGA.toBuilder().setRenderJson(true).build()),
                new Case(
                        "no plan",
                        _ -> {},
                        SubmitTransactionRequest.newBuilder()
                                .setValidateOnly(true)
                                .build()),
                new Case("very many mistakes", _ -> {}, broken()),
                new Case(
                        "a gid of long ago",
                        _ -> {},
                        SAGA.toBuilder()
                                .setFirstAttemptTime(Timestamps.fromSeconds(1))
                                .build()),
                new Case("JSON without descriptors", _ -> {}, json()),
                new Case("an overloaded store", api -> api.transactions.failure = new StoreOverloaded("full"), SAGA),
                new Case(
                        "a database that is away",
                        api -> api.transactions.failure = new StoreUnavailable("gone", null),
                        SAGA),
                new Case("a wait for what another has taken over", SubmitContractTest::takenOver, waiting(30)));
    }

    private static SubmitTransactionRequest waiting(long millis) {
        return SAGA.toBuilder().setWait(Durations.fromMillis(millis)).build();
    }

    private static SubmitTransactionRequest named(String name) {
        return SAGA.toBuilder()
                .setPlan(SamplePlans.saga("t-1").toBuilder().setName(name))
                .build();
    }

    private static SubmitTransactionRequest broken() {
        Plan.Builder plan = SamplePlans.saga("not a gid").toBuilder();
        for (int i = 0; i < 200; i++) {
            plan.getSagaBuilder()
                    .addSteps(SagaStep.newBuilder().setId("same").setAction(SamplePlans.call("nobody/a.B/C")));
        }
        return SubmitTransactionRequest.newBuilder().setPlan(plan).build();
    }

    private static SubmitTransactionRequest json() {
        Plan.Builder plan = SamplePlans.saga("t-1").toBuilder();
        plan.getSagaBuilder()
                .getStepsBuilder(0)
                .setAction(Operation.newBuilder()
                        .setGrpc("unknown/a.B/C")
                        .setJson(Value.newBuilder().setStringValue("x")));
        return SubmitTransactionRequest.newBuilder().setPlan(plan).build();
    }

    private static void submit(LoopbackApi api) {
        var _ = api.client().submitTransaction(SAGA);
    }

    private static void takenOver(LoopbackApi api) {
        submit(api);
        api.transactions.heldElsewhere.put("t-1", 99L);
    }

    private static void succeed(LoopbackApi api) {
        submit(api);
        api.transactions.succeed("t-1", ByteString.copyFromUtf8("done"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void a_stream_answers_as_a_call_does(Case given) throws Exception {
        SubmitAnswer unary = asAnswer(given);
        SubmitAnswer streamed = overStream(given);
        assertThat(streamed.getResponse()).isEqualTo(unary.getResponse());
        assertThat(Status.parseFrom(streamed.getError())).isEqualTo(Status.parseFrom(unary.getError()));
        assertThat(streamed.hasResponse()).isEqualTo(unary.hasResponse());
    }

    private static SubmitAnswer asAnswer(Case given) throws IOException {
        try (LoopbackApi api = LoopbackApi.open()) {
            given.before().accept(api);
            SubmitTransactionResponse response = api.client().submitTransaction(given.request());
            return SubmitAnswer.newBuilder().setResponse(response).build();
        } catch (StatusRuntimeException refused) {
            return SubmitAnswer.newBuilder()
                    .setError(Objects.requireNonNull(StatusProto.fromThrowable(refused))
                            .toByteString())
                    .build();
        }
    }

    private static SubmitAnswer overStream(Case given) throws IOException {
        try (LoopbackApi api = LoopbackApi.open()) {
            given.before().accept(api);
            StreamClient client = StreamClient.open(api.channel);
            client.send(1, given.request());
            SubmitAnswer answer = client.answer(1);
            assertThat(List.copyOf(client.answers.keySet())).containsExactly(1L);
            return answer;
        }
    }
}
