package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Value;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import com.google.rpc.Status;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitAnswer;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Verifies that a submit gets equal responses in a unary call and over a stream. */
class SubmitContractTest {
    private static LocalCoordinator calls;
    private static LocalCoordinator streams;

    @BeforeAll
    static void start() {
        calls = LocalCoordinator.start("participants.stock.target", "127.0.0.1:1");
        streams = LocalCoordinator.start("participants.stock.target", "127.0.0.1:1");
    }

    @AfterAll
    static void stop() {
        calls.close();
        streams.close();
    }

    /**
     * A request to submit.
     *
     * @param before adds the plan to submit before, if there is one
     */
    record Case(String name, UnaryOperator<SubmitTransactionRequest.Builder> before, SubmitTransactionRequest request) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case of(String name, SubmitTransactionRequest.Builder request) {
        return new Case(name, _ -> SubmitTransactionRequest.newBuilder(), request.build());
    }

    private static Case after(String name, SubmitTransactionRequest.Builder request) {
        return new Case(name, before -> before.setPlan(SamplePlans.scheduled("t")), request.build());
    }

    private static SubmitTransactionRequest.Builder plan() {
        return SubmitTransactionRequest.newBuilder().setPlan(SamplePlans.scheduled("t"));
    }

    private static SubmitTransactionRequest.Builder waiting(long millis) {
        return plan().setWait(Durations.fromMillis(millis));
    }

    static Stream<Case> cases() {
        return Stream.of(
                of("a new plan", plan()),
                after("the same plan again", plan()),
                after("another plan under the same gid", plan().setPlan(SamplePlans.asking("t"))),
                after("a wait that is over", waiting(30)),
                of("a negative wait", waiting(-1)),
                of("a check only", plan().setValidateOnly(true)),
                after("a result as JSON", plan().setRenderJson(true)),
                of("no plan", SubmitTransactionRequest.newBuilder().setValidateOnly(true)),
                of("very many mistakes", SubmitTransactionRequest.newBuilder().setPlan(broken())),
                of("a gid of long ago", plan().setFirstAttemptTime(Timestamps.fromSeconds(1))),
                of(
                        "JSON without descriptors",
                        SubmitTransactionRequest.newBuilder().setPlan(json())));
    }

    private static Plan broken() {
        Plan.Builder plan = SamplePlans.saga("not a gid").toBuilder();
        for (int i = 0; i < 200; i++) {
            plan.getSagaBuilder()
                    .addSteps(SagaStep.newBuilder().setId("same").setAction(SamplePlans.call("unknown/a.B/C")));
        }
        return plan.build();
    }

    private static Plan json() {
        Plan.Builder plan = SamplePlans.saga("t").toBuilder();
        plan.getSagaBuilder()
                .getStepsBuilder(0)
                .setAction(Operation.newBuilder()
                        .setGrpc("unknown/a.B/C")
                        .setJson(Value.newBuilder().setStringValue("x")));
        return plan.build();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void a_stream_item_gets_the_response_of_a_unary_call(Case given) throws Exception {
        SubmitAnswer unary = asAnswer(prepared(calls, given));
        StreamClient client = StreamClient.open(streams.channel);
        client.send(1, prepared(streams, given));
        SubmitAnswer streamed = client.answer(1);
        assertThat(client.answers).containsOnlyKeys(1L);
        assertThat(plain(streamed.getResponse())).isEqualTo(plain(unary.getResponse()));
        assertThat(Status.parseFrom(streamed.getError())).isEqualTo(Status.parseFrom(unary.getError()));
        assertThat(streamed.hasResponse()).isEqualTo(unary.hasResponse());
    }

    /** Returns the request under a gid of its own, after the earlier plan has been submitted. */
    private static SubmitTransactionRequest prepared(LocalCoordinator api, Case given) {
        String gid = given.name().replace(' ', '-');
        SubmitTransactionRequest.Builder before = given.before().apply(SubmitTransactionRequest.newBuilder());
        if (before.hasPlan()) {
            before.getPlanBuilder().setGid(gid);
            var _ = api.transactions().submitTransaction(before.build());
        }
        SubmitTransactionRequest.Builder request = given.request().toBuilder();
        if (request.getPlan().getGid().equals("t")) {
            request.getPlanBuilder().setGid(gid);
        }
        return request.build();
    }

    private static SubmitAnswer asAnswer(SubmitTransactionRequest request) {
        try {
            return SubmitAnswer.newBuilder()
                    .setResponse(calls.transactions().submitTransaction(request))
                    .build();
        } catch (StatusRuntimeException refused) {
            return SubmitAnswer.newBuilder()
                    .setError(Objects.requireNonNull(StatusProto.fromThrowable(refused))
                            .toByteString())
                    .build();
        }
    }

    /** Returns the response without the fields that differ between two equal transactions. */
    private static SubmitTransactionResponse plain(SubmitTransactionResponse answer) {
        SubmitTransactionResponse.Builder plain = answer.toBuilder();
        plain.getTransactionBuilder()
                .clearGid()
                .clearCreateTime()
                .clearDueTime()
                .clearCoordinator()
                .clearAsLastSeen();
        return plain.build();
    }
}
