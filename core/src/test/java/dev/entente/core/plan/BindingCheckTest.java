package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.call;
import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.path;
import static dev.entente.core.plan.Plans.reading;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.tcc;
import static dev.entente.core.plan.Plans.tccBranch;
import static dev.entente.core.plan.Plans.twoPhase;
import static dev.entente.core.plan.Plans.withBody;
import static dev.entente.core.plan.Plans.withCompletion;
import static dev.entente.core.plan.Plans.withForward;
import static dev.entente.core.plan.Plans.withUndo;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Checks of the responses that a binding may read, and the fields that a binding may write. */
class BindingCheckTest {
    @Test
    void the_response_of_a_prepare_cannot_be_read() {
        Branch binding = withCompletion(tccBranch("a"), call(Role.COMPLETION, reading("a", 1)));
        assertThat(found(twoPhase(binding))).containsExactly("ENT-018 plan.two_phase.branches[0].commit.bind[0].from");
        Plan plan = twoPhase(tccBranch("a"));
        Plan withResult = new Plan(plan.pattern(), plan.name(), plan.labels(), null, null, "a", plan.branches());
        assertThat(found(withResult)).containsExactly("ENT-018 plan.result_branch");
    }

    @Test
    void an_action_reads_only_responses_of_its_predecessors() {
        assertThat(found(saga(step("a"), withForward(step("b", "a"), call(Role.FORWARD, reading("a", 1))))))
                .isEmpty();
        assertThat(found(saga(withForward(step("a"), call(Role.FORWARD, reading("a", 1))))))
                .containsExactly("ENT-018 plan.saga.steps[0].action.bind[0].from");
        assertThat(found(saga(step("a"), withForward(step("b"), call(Role.FORWARD, reading("a", 1))))))
                .as("side by side")
                .containsExactly("ENT-018 plan.saga.steps[1].action.bind[0].from");
        assertThat(found(saga(withForward(step("a"), call(Role.FORWARD, reading("x", 1), reading("", 2))))))
                .containsExactly(
                        "ENT-018 plan.saga.steps[0].action.bind[0].from",
                        "ENT-018 plan.saga.steps[0].action.bind[1].from");
    }

    @Test
    void a_compensation_reads_responses_of_its_own_action_and_of_predecessors() {
        Branch b = withUndo(step("b", "a"), call(Role.UNDO, reading("a", 1), reading("b", 2)));
        assertThat(found(saga(step("a"), b))).isEmpty();
        Branch a = withUndo(step("a"), call(Role.UNDO, reading("b", 1)));
        assertThat(found(saga(a, step("b", "a"))))
                .containsExactly("ENT-018 plan.saga.steps[0].compensate.bind[0].from");
    }

    @Test
    void a_confirm_reads_any_try_and_a_cancel_only_its_own_try() {
        Branch a = withCompletion(tccBranch("a"), call(Role.COMPLETION, reading("a", 1), reading("b", 2)));
        assertThat(found(tcc(a, tccBranch("b")))).isEmpty();
        Branch c = withUndo(tccBranch("c"), call(Role.UNDO, reading("c", 1), reading("b", 2)));
        assertThat(found(tcc(c, tccBranch("b")))).containsExactly("ENT-018 plan.tcc.branches[0].cancel.bind[1].from");
    }

    @Test
    void only_forward_responses_can_be_read() {
        Binding undo = new Binding("a", Role.UNDO, path(1), path(1), false);
        assertThat(found(saga(step("a"), withUndo(step("b", "a"), call(Role.UNDO, undo)))))
                .containsExactly("ENT-018 plan.saga.steps[1].compensate.bind[0].from_op");
    }

    @Test
    void a_compensation_that_requires_its_own_actions_response_causes_a_warning() {
        Binding required = new Binding("a", Role.FORWARD, path(1), path(1), true);
        assertThat(found(saga(withUndo(step("a"), call(Role.UNDO, required)))))
                .containsExactly("warning ENT-018 plan.saga.steps[0].compensate.bind[0].required");
        assertThat(found(saga(step("a"), withUndo(step("b", "a"), call(Role.UNDO, required)))))
                .as("an earlier step's response is known when this one was called")
                .isEmpty();
    }

    @Test
    void bindings_with_a_deep_path_or_a_repeated_target_are_refused() {
        Integer[] deep = IntStream.rangeClosed(1, 17).boxed().toArray(Integer[]::new);
        assertThat(found(saga(step("a"), withForward(step("b", "a"), call(Role.FORWARD, reading("a", deep))))))
                .containsExactly("ENT-019 plan.saga.steps[1].action.bind[0].to_path");
        Operation twice = call(Role.FORWARD, reading("a", 4), reading("a", 4));
        assertThat(found(saga(step("a"), withForward(step("b", "a"), twice))))
                .containsExactly("ENT-019 plan.saga.steps[1].action.bind[1].to_path");
    }

    @Test
    void a_request_with_bindings_must_be_a_protobuf_message() {
        ByteString noMessage = ByteString.copyFromUtf8("{}");
        assertThat(found(saga(withForward(step("a"), withBody(noMessage))))).isEmpty();
        assertThat(found(saga(step("a"), withForward(step("b", "a"), withBody(noMessage, reading("a", 1))))))
                .containsExactly("ENT-001 plan.saga.steps[1].action.raw");
    }

    @Test
    void an_operation_with_65_bindings_is_refused() {
        Binding[] many =
                IntStream.rangeClosed(1, 65).mapToObj(i -> reading("a", i)).toArray(Binding[]::new);
        assertThat(found(saga(step("a"), withForward(step("b", "a"), call(Role.FORWARD, many)))))
                .containsExactly("ENT-023 plan.saga.steps[1].action.bind");
    }
}
