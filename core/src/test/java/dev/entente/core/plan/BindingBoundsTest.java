package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.call;
import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.reading;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.withForward;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.BindingPath;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.FieldPath;
import dev.entente.core.transaction.JsonPointer;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Bounds of bindings, and the kinds of paths for requests over gRPC and over HTTP. */
final class BindingBoundsTest {
    private static final String AT = "ENT-019 plan.saga.steps[1].action.bind[0]";
    private static final FieldPath NUMBERS = new FieldPath(List.of(1));
    private static final JsonPointer POINTER = new JsonPointer(List.of("id"));

    private static Operation http(String body, Binding... bindings) {
        return new Operation(
                new Target.Http("shop", "POST", "/", Map.of()),
                ByteString.copyFromUtf8(body),
                List.of(bindings),
                CallPolicy.standard(Role.FORWARD));
    }

    private static Binding binding(BindingPath from, BindingPath to) {
        return new Binding("a", Role.FORWARD, from, to, false);
    }

    private static List<String> ofGrpc(BindingPath from, BindingPath to) {
        return found(saga(step("a"), withForward(step("b", "a"), call(Role.FORWARD, binding(from, to)))));
    }

    private static List<String> ofHttp(String body, BindingPath from, BindingPath to) {
        return found(saga(
                withForward(step("a"), http("{}")), withForward(step("b", "a"), http(body, binding(from, to)))));
    }

    @Test
    void a_grpc_request_is_bound_by_field_numbers() {
        assertThat(ofGrpc(NUMBERS, NUMBERS)).isEmpty();
        assertThat(ofGrpc(FieldPath.ROOT, FieldPath.ROOT)).isEmpty();
        assertThat(ofGrpc(NUMBERS, POINTER)).containsExactly(AT + ".to_path");
        assertThat(ofGrpc(POINTER, NUMBERS)).containsExactly(AT + ".from_path");
    }

    @Test
    void an_http_request_is_bound_by_json_pointers() {
        assertThat(ofHttp("{}", POINTER, POINTER)).isEmpty();
        assertThat(ofHttp("{}", FieldPath.ROOT, POINTER)).isEmpty();
        assertThat(ofHttp("{}", NUMBERS, POINTER)).containsExactly(AT + ".from_path");
        assertThat(ofHttp("{}", POINTER, NUMBERS)).containsExactly(AT + ".to_path");
    }

    @Test
    void a_json_pointer_must_fit_the_body() {
        assertThat(ofHttp("{\"id\":[]}", POINTER, new JsonPointer(List.of("id", "0"))))
                .isEmpty();
        assertThat(ofHttp("{\"id\":[]}", POINTER, new JsonPointer(List.of("id", "1"))))
                .containsExactly(AT + ".to_path");
        assertThat(ofHttp("no json", POINTER, POINTER)).contains("ENT-001 plan.saga.steps[1].action.raw");
    }

    @Test
    void bindings_between_grpc_and_http_are_refused() {
        assertThat(found(saga(step("a"), withForward(step("b", "a"), http("{}", binding(POINTER, POINTER))))))
                .containsExactly(AT + ".from");
        assertThat(found(saga(
                        withForward(step("a"), http("{}")),
                        withForward(step("b", "a"), call(Role.FORWARD, binding(NUMBERS, NUMBERS))))))
                .containsExactly(AT + ".from");
    }

    @Test
    void a_path_has_at_most_16_levels() {
        FieldPath most = new FieldPath(Collections.nCopies(16, 1));
        FieldPath deeper = new FieldPath(Collections.nCopies(17, 1));
        assertThat(ofGrpc(most, most)).isEmpty();
        assertThat(ofGrpc(deeper, NUMBERS)).containsExactly(AT + ".from_path");
        assertThat(ofGrpc(NUMBERS, deeper)).containsExactly(AT + ".to_path");
        JsonPointer deep = new JsonPointer(Collections.nCopies(17, "x"));
        assertThat(ofHttp("{}", deep, POINTER)).containsExactly(AT + ".from_path");
    }

    @Test
    void an_operation_has_at_most_64_bindings() {
        Binding[] most =
                IntStream.rangeClosed(1, 64).mapToObj(i -> reading("a", i)).toArray(Binding[]::new);
        assertThat(found(saga(step("a"), withForward(step("b", "a"), call(Role.FORWARD, most)))))
                .isEmpty();
    }

    private static List<String> messages(Operation first, Operation second) {
        return PlanCheck.check(
                        saga(withForward(step("a"), first), withForward(step("b", "a"), second)),
                        Limits.STANDARD,
                        Plans.NOW,
                        false)
                .stream()
                .map(Finding::message)
                .toList();
    }

    @Test
    void messages_about_misfit_bindings_name_the_formats_involved() {
        Operation grpc = call(Role.FORWARD);
        Operation broken = Plans.withBody(ByteString.copyFromUtf8("no message"), binding(NUMBERS, NUMBERS));
        assertThat(messages(grpc, broken)).singleElement().asString().contains("raw is not a protobuf message");
        assertThat(messages(http("{}"), http("no json", binding(POINTER, POINTER))))
                .anyMatch(text -> text.contains("raw is not a JSON document"));
        assertThat(messages(grpc, call(Role.FORWARD, binding(NUMBERS, POINTER))))
                .singleElement()
                .asString()
                .contains("because this request is protobuf");
        assertThat(messages(http("{}"), http("{}", binding(POINTER, NUMBERS))))
                .singleElement()
                .asString()
                .contains("because this request is JSON");
        assertThat(messages(grpc, http("{}", binding(POINTER, POINTER))))
                .singleElement()
                .asString()
                .contains("'a' responds in protobuf and this request is JSON");
        assertThat(messages(http("{}"), call(Role.FORWARD, binding(NUMBERS, NUMBERS))))
                .singleElement()
                .asString()
                .contains("'a' responds in JSON and this request is protobuf");
    }
}
