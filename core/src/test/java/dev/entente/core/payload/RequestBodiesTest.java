package dev.entente.core.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.BindingPath;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.FieldPath;
import dev.entente.core.transaction.JsonPointer;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Requests into which responses are copied, as protobuf and as JSON. */
final class RequestBodiesTest {
    private static final Target HTTP = new Target.Http("shop", "POST", "/", Map.of());
    private static final Target GRPC = new Target.Grpc("stock", "shop.v1.Stock/Reserve");

    private static Operation call(Target target, String body) {
        return new Operation(target, ByteString.copyFromUtf8(body), List.of(), CallPolicy.standard(Role.FORWARD));
    }

    private static List<RequestBodies.Bound> bound(String response, BindingPath from, BindingPath to) {
        Binding binding = new Binding("a", Role.FORWARD, from, to, true);
        return List.of(new RequestBodies.Bound(ByteString.copyFromUtf8(response), binding));
    }

    @Test
    void a_request_without_bindings_stays_unchanged() {
        assertThat(RequestBodies.filled(call(HTTP, "{}"), List.of()).toStringUtf8())
                .isEqualTo("{}");
        assertThat(RequestBodies.filled(call(GRPC, "\n\001x"), List.of()).toStringUtf8())
                .isEqualTo("\n\001x");
    }

    @Test
    void json_is_bound_into_json_and_protobuf_fields_into_protobuf_fields() {
        JsonPointer id = new JsonPointer(List.of("id"));
        JsonPointer order = new JsonPointer(List.of("order"));
        assertThat(RequestBodies.filled(call(HTTP, "{}"), bound("{\"id\":7}", id, order))
                        .toStringUtf8())
                .isEqualTo("{\"order\":7}");
        assertThat(RequestBodies.filled(call(HTTP, "{}"), bound("{\"id\":7}", FieldPath.ROOT, order))
                        .toStringUtf8())
                .isEqualTo("{\"order\":{\"id\":7}}");
        FieldPath first = new FieldPath(List.of(1));
        FieldPath second = new FieldPath(List.of(2));
        assertThat(RequestBodies.filled(call(GRPC, ""), bound("\n\001x", first, second))
                        .toStringUtf8())
                .isEqualTo("\u0012\001x");
    }

    @Test
    void a_protobuf_field_path_has_no_json_tokens() {
        assertThat(RequestBodies.tokens(FieldPath.ROOT)).isEmpty();
        assertThat(RequestBodies.tokens(new JsonPointer(List.of("a", "b")))).containsExactly("a", "b");
        assertThatThrownBy(() -> RequestBodies.tokens(new FieldPath(List.of(1))))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void the_presence_of_a_value_is_checked_in_the_format_of_the_target() {
        JsonPointer id = new JsonPointer(List.of("id"));
        ByteString json = ByteString.copyFromUtf8("{\"id\":7}");
        ByteString message = ByteString.copyFromUtf8("\n\001x");
        assertThat(RequestBodies.isPresent(HTTP, json, id)).isTrue();
        assertThat(RequestBodies.isPresent(HTTP, json, new JsonPointer(List.of("no"))))
                .isFalse();
        assertThat(RequestBodies.isPresent(HTTP, null, id)).isFalse();
        assertThat(RequestBodies.isPresent(GRPC, message, new FieldPath(List.of(1))))
                .isTrue();
        assertThat(RequestBodies.isPresent(GRPC, message, new FieldPath(List.of(2))))
                .isFalse();
    }

    private static String nested(int levels) {
        return "{\"id\":7,\"deep\":" + "[".repeat(levels - 1) + "]".repeat(levels - 1) + "}";
    }

    @Test
    void a_document_nested_too_deep_has_no_values_and_the_reason_is_reported() {
        JsonPointer id = new JsonPointer(List.of("id"));
        Binding binding = new Binding("a", Role.FORWARD, id, id, true);
        ByteString deepest = ByteString.copyFromUtf8(nested(JsonFields.DEEPEST));
        ByteString deeper = ByteString.copyFromUtf8(nested(JsonFields.DEEPEST + 1));

        assertThat(RequestBodies.isPresent(HTTP, deepest, id)).isTrue();
        assertThat(RequestBodies.isPresent(HTTP, deeper, id)).isFalse();
        assertThat(RequestBodies.absence(HTTP, deeper, binding))
                .endsWith("is absent: the response is not JSON in UTF-8, or is nested deeper than 255 levels");
        assertThat(RequestBodies.absence(HTTP, ByteString.copyFromUtf8("{}"), binding))
                .endsWith("'a' is absent");
        assertThat(RequestBodies.absence(HTTP, null, binding)).endsWith("'a' is absent");
        assertThat(RequestBodies.absence(GRPC, deeper, binding)).endsWith("'a' is absent");
    }
}
