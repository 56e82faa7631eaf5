package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.v1.Binding;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.Participant;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.TccBranch;
import io.grpc.Status;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * JSON payloads of gRPC calls. The participant `stock` is a second coordinator, which serves reflection. Plans call its
 * `entente.v1.OperatorService`, which has messages with 64-bit integers and nested fields.
 */
class JsonPayloadsTest {
    private static final String RETRY = "stock/entente.v1.OperatorService/RetryTransaction";
    private static final String PROBE = "stock/entente.v1.OperatorService/ProbeParticipant";
    private static final String FORCE = "stock/entente.v1.OperatorService/ForceFinishTransaction";

    private static LocalCoordinator participant;
    private static LocalCoordinator api;
    private static int gids;

    @BeforeAll
    static void start() {
        participant = LocalCoordinator.start();
        api = LocalCoordinator.start(
                "participants.stock.target", participant.target(), "participants.away.target", "127.0.0.1:1");
    }

    @AfterAll
    static void stop() {
        api.close();
        participant.close();
    }

    private static Plan plan(String json) {
        return SamplePlans.json(json);
    }

    private static Plan oneStep(String method, String body) {
        return plan("""
            {"gid":"j-1","name":"json","result_branch":"a","saga":{"steps":[
              {"id":"a","no_undo":true,"action":{"grpc":"%s","json":%s}}]}}\
            """.formatted(method, body));
    }

    /** Submits the plan under a new gid, scheduled for later. */
    private static SubmitTransactionResponse submit(Plan plan) {
        gids++;
        return submitAgain(plan);
    }

    private static SubmitTransactionResponse submitAgain(Plan plan) {
        Plan later = SamplePlans.scheduled("later");
        return api.transactions()
                .submitTransaction(SamplePlans.request(plan.toBuilder()
                        .setGid("j-" + gids)
                        .setStartTime(later.getStartTime())
                        .build()));
    }

    private static Plan stored() {
        return api.described("j-" + gids).getPlan();
    }

    @Test
    void a_refusal_is_retryable_if_an_unavailable_participant_is_the_only_error() throws Exception {
        Plan plan = oneStep(RETRY.replace("stock/", "away/"), "{}");
        Refused unavailable = Refused.by(() -> submit(plan));
        assertThat(unavailable.code()).isEqualTo("ENT-024");
        assertThat(unavailable.hasRetryInfo()).isTrue();

        Plan.Builder wrong = plan.toBuilder();
        wrong.getSagaBuilder()
                .getStepsBuilder(0)
                .getActionBuilder()
                .addBind(Binding.newBuilder()
                        .setFrom("unknown")
                        .setFromOp("action")
                        .setFromPath("gid")
                        .setToPath("1"));
        assertThat(Refused.by(() -> submit(wrong.build())).hasRetryInfo()).isFalse();
    }

    @Test
    void entries_of_a_map_in_another_order_are_the_same_content() throws Exception {
        String commit = "stock/entente.v1.TransactionService/CommitTransaction";
        var _ = submit(oneStep(commit, "{\"gid\":\"t-1\",\"branch_responses\":{\"a\":\"AA==\",\"b\":\"AQ==\"}}"));
        Plan first = stored();
        Plan second = oneStep(commit, "{\"branch_responses\":{\"b\":\"AQ==\",\"a\":\"AA==\"},\"gid\":\"t-1\"}");
        assertThat(submitAgain(second).getAlreadyKnown()).isTrue();
        assertThat(stored()).isEqualTo(first);
    }

    @Test
    void a_json_body_is_stored_as_bytes() throws Exception {
        var _ = submit(oneStep(RETRY, "{\"gid\":\"t-1\",\"if_revision\":\"9007199254740993\",\"reason\":\"x\"}"));
        Operation action = stored().getSaga().getSteps(0).getAction();
        assertThat(action.hasJson()).isFalse();
        assertThat(OperateRequest.parseFrom(action.getRaw()))
                .isEqualTo(OperateRequest.newBuilder()
                        .setGid("t-1")
                        .setReason("x")
                        .setIfRevision(9007199254740993L)
                        .build());
    }

    @Test
    void a_plan_in_json_has_the_digest_of_the_plan_in_bytes() {
        var _ = submit(oneStep(RETRY, "{\"gid\":\"t-1\"}"));
        Plan.Builder raw = oneStep(RETRY, "{}").toBuilder();
        raw.getSagaBuilder()
                .getStepsBuilder(0)
                .getActionBuilder()
                .setRaw(OperateRequest.newBuilder().setGid("t-1").build().toByteString());
        assertThat(submitAgain(raw.build()).getAlreadyKnown()).isTrue();
    }

    @Test
    void an_unquoted_integer_that_json_would_round_is_refused() throws Exception {
        Refused refused = Refused.by(() -> submit(oneStep(RETRY, "{\"if_revision\":9007199254740993}")));
        assertThat(refused.status()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.code()).isEqualTo("ENT-025");
        assertThat(refused.violations().getFirst().getDescription())
                .contains("quote the number")
                .contains("if_revision");
    }

    @Test
    void all_mismatched_json_bodies_are_reported_at_once_with_their_fields() throws Exception {
        Plan plan = plan("""
            {"gid":"j-1","name":"json","saga":{"steps":[
              {"id":"a","no_undo":true,"action":{"grpc":"%s","json":{"colour":"red"}}},
              {"id":"b","no_undo":true,"action":{"grpc":"%s","json":{"if_revision":"x"}}}]}}\
            """.formatted(RETRY, RETRY));
        Refused refused = Refused.by(() -> submit(plan));
        assertThat(refused.violations())
                .extracting(violation -> violation.getField())
                .containsExactly("plan.saga.steps[0].action.json", "plan.saga.steps[1].action.json");
        assertThat(refused.violations().getFirst().getDescription()).contains("colour");
    }

    @Test
    void a_method_without_descriptors_is_refused_and_the_setting_is_named() throws Exception {
        Refused refused = Refused.by(() -> submit(oneStep("stock/no.such.Service/Method", "{}")));
        assertThat(refused.status()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refused.code()).isEqualTo("ENT-024");
        assertThat(refused.message()).contains("participants.stock.descriptorSet");
    }

    @Test
    void field_names_in_bindings_become_field_numbers() throws Exception {
        Plan plan = plan("""
            {"gid":"j-1","name":"json","saga":{"steps":[
              {"id":"a","no_undo":true,"action":{"grpc":"%s","raw":""}},
              {"id":"b","no_undo":true,"action":{"grpc":"%s","raw":"",
                "bind":[{"from":"a","from_path":"last_error","to_path":"reason"}]}}]}}\
            """.formatted(PROBE, FORCE));
        var _ = submit(plan);
        assertThat(stored().getSaga().getSteps(1).getAction().getBind(0)).satisfies(binding -> {
            assertThat(binding.getFromPath()).isEqualTo(Integer.toString(Participant.LAST_ERROR_FIELD_NUMBER));
            assertThat(binding.getToPath()).isEqualTo("3");
        });
    }

    @Test
    void an_unknown_field_name_is_refused_with_the_known_names() throws Exception {
        Plan plan = plan("""
            {"gid":"j-1","name":"json","saga":{"steps":[
              {"id":"a","no_undo":true,"action":{"grpc":"%s","raw":""}},
              {"id":"b","no_undo":true,"action":{"grpc":"%s","raw":"",
                "bind":[{"from":"a","from_path":"colour","to_path":"reason"},
                        {"from":"unknown","from_path":"name","to_path":"reason"}]}}]}}\
            """.formatted(PROBE, FORCE));
        Refused refused = Refused.by(() -> submit(plan));
        assertThat(refused.violations())
                .extracting(violation -> violation.getReason())
                .containsExactly("ENT-019", "ENT-018", "ENT-019");
        assertThat(refused.violations().getFirst().getDescription()).contains("last_error");
        assertThat(refused.violations().getLast().getDescription()).contains("an earlier binding already writes");
    }

    @Test
    void an_untranslatable_binding_hides_no_other_error_or_warning() throws Exception {
        Plan plan = plan("""
            {"gid":"j-1","name":"json","saga":{"steps":[
              {"id":"a","no_undo":true,"action":{"grpc":"stock/no.such.Service/Method","raw":""}},
              {"id":"b","action":{"grpc":"%1$s","raw":"",
                 "bind":[{"from":"c","from_path":"name","to_path":"1"}]},
               "compensate":{"grpc":"%1$s","raw":""}},
              {"id":"c","action":{"grpc":"stock/no.such.Service/Method","raw":""},
               "compensate":{"grpc":"%1$s","raw":""}}]}}\
            """.formatted(FORCE));
        Refused refused = Refused.by(() -> submit(plan));
        assertThat(refused.violations())
                .extracting(violation -> violation.getReason() + " " + violation.getField())
                .containsExactly(
                        "ENT-024 plan.saga.steps[1].action.bind[0].from_path",
                        "ENT-018 plan.saga.steps[1].action.bind[0].from",
                        "ENT-021 plan.saga.steps[0]");
        assertThat(refused.violations().getLast().getDescription()).startsWith("ENT-021: warning: ");
    }

    @Test
    void a_registered_branch_may_contain_json() throws Exception {
        api.begin(SamplePlans.emptyTcc("j-begun"));
        TccBranch.Builder branch = SamplePlans.merged("""
            {"id":"debit","try":{"grpc":"%s","json":{"name":"x"}},
             "confirm":{"grpc":"%s","json":{},"bind":[{"from":"debit","from_path":"name","to_path":"reason"}]},
             "cancel":{"grpc":"%s","json":{}}}\
            """.formatted(PROBE, FORCE, FORCE), TccBranch.newBuilder());
        assertThat(api.register("j-begun", branch.build()).getBranch()).isEqualTo("debit");
    }

    @Test
    void a_result_with_known_descriptors_is_rendered_as_json() {
        String list = "stock/entente.v1.OperatorService/ListCoordinators";
        Plan plan = oneStep(list, "{}").toBuilder().setGid("j-result").build();
        Value json = api.transactions()
                .submitTransaction(SamplePlans.waiting(plan).toBuilder()
                        .setRenderJson(true)
                        .build())
                .getTransaction()
                .getResult()
                .getJson();
        Struct coordinator = json.getStructValue()
                .getFieldsOrThrow("coordinators")
                .getListValue()
                .getValues(0)
                .getStructValue();
        assertThat(coordinator.getFieldsOrThrow("node").getStringValue()).isEqualTo("node-a");
        assertThat(coordinator.getFieldsOrThrow("alive").getBoolValue()).isTrue();
    }
}
