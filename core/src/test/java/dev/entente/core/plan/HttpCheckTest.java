package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.withForward;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks of the paths and the headers of calls over HTTP. */
class HttpCheckTest {
    private static final String AT = "ENT-001 plan.saga.steps[0].action.http";

    private static List<String> of(String method, String path, Map<String, String> headers, String body) {
        Operation operation = new Operation(
                new Target.Http("shop", method, path, headers),
                ByteString.copyFromUtf8(body),
                List.of(),
                CallPolicy.standard(Role.FORWARD));
        return found(saga(withForward(step("a"), operation)));
    }

    private static List<String> ofPath(String path) {
        return of("POST", path, Map.of(), "");
    }

    private static List<String> ofHeader(String name, String value) {
        return of("POST", "/", Map.of(name, value), "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "PUT", "PATCH", "DELETE"})
    void a_known_method_is_accepted(String method) {
        assertThat(of(method, "/orders", Map.of(), "")).isEmpty();
    }

    @Test
    void an_unknown_method_is_refused() {
        assertThat(of("HEAD", "/", Map.of(), "")).containsExactly(AT + ".method");
        assertThat(of("post", "/", Map.of(), "")).containsExactly(AT + ".method");
    }

    @Test
    void a_get_has_no_body_and_a_post_may_have_a_body() {
        assertThat(of("GET", "/", Map.of(), "{}")).containsExactly(AT + ".method");
        assertThat(of("POST", "/", Map.of(), "{}")).isEmpty();
    }

    @Test
    void a_participant_is_required() {
        Operation operation = new Operation(
                new Target.Http("", "POST", "/", Map.of()),
                ByteString.EMPTY,
                List.of(),
                CallPolicy.standard(Role.FORWARD));

        assertThat(found(saga(withForward(step("a"), operation)))).containsExactly(AT + ".participant");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/a/b",
                "/azAZ09",
                "/a-._~!$&'()*+,;=:@",
                "/a%20b",
                "/a%c3%aF",
                "/caf%C3%A9/%E2%82%AC/%F0%9F%98%80",
                "/10%25effective",
                "/%c2%a0a",
                "/+",
                "/a?q=%0A%e9%00",
                "/a?q=1&r=/x",
                "/a?q=..",
                "/...",
                "/a/.b"
            })
    void a_valid_path_is_accepted(String path) {
        assertThat(ofPath(path)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "//a",
                "/a b",
                "/a#b",
                "/ä",
                "/a{b",
                "/a`b",
                "/a[b",
                "/a\\b",
                "/a%",
                "/a%2",
                "/a%2g",
                "/a%g2",
                "/.",
                "/..",
                "/a/../b",
                "/a/./b",
                "/a/%2e%2E",
                "/a/..;/b",
                "/a/..;v=1/b",
                "/a/%2e%2e%3bx/b",
                "/a/%252e%252e/b",
                "/a/%25252E./b",
                "/a/..%5cb",
                "/a/b%255c..%255cc",
                "/a/..%2Fb",
                "/a/..?q=1",
                "/%c0%ae%c0%ae/x",
                "/%25c0%25ae%25c0%25ae/x",
                "/%e0%80%ae%E0%80%AE/x",
                "/%f0%80%80%ae./x",
                "/..%c0%af",
                "/..%c1%9cx",
                "/..%20/x",
                "/%20../x",
                "/..%2520/x",
                "/..%09/x",
                "/..+/x",
                "/..%c2%a0/x",
                "/.%20./x",
                "/.%20",
                "/..%00x/y",
                "/..%2500x/y",
                "/..%3Fx/y",
                "/..%23x/y",
                "/x%00",
                "/x%0d%0aX:1",
                "/a%0Ab",
                "/a%1fb",
                "/a%7Fb",
                "/a%c2%85b",
                "/a%e9b",
                "/a%c3",
                "/a%ffb",
                "/a%ed%a0%80b",
                "/a%c1%81b"
            })
    void an_invalid_path_is_refused(String path) {
        assertThat(ofPath(path)).containsExactly(AT + ".path");
    }

    @Test
    void a_refused_path_has_a_reason() {
        assertThat(HttpPath.fault("a")).contains("must begin with one slash");
        assertThat(HttpPath.fault("/..%20/x")).contains("must not contain a segment . or ..");
        assertThat(HttpPath.fault("/..%c1%9cx")).as("a long backslash").contains("must not contain a segment . or ..");
        assertThat(HttpPath.fault("/x%00")).contains("UTF-8", "control characters");
        assertThat(HttpPath.fault("/x")).isNull();
    }

    @Test
    void a_path_has_at_most_2048_characters() {
        assertThat(ofPath("/" + "a".repeat(2047))).isEmpty();
        assertThat(ofPath("/" + "a".repeat(2048))).containsExactly(AT + ".path");
    }

    @Test
    void a_request_has_at_most_32_headers() {
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i < 32; i++) {
            headers.put("x-" + i, "v");
        }
        assertThat(of("POST", "/", headers, "")).isEmpty();

        headers.put("x-32", "v");

        assertThat(of("POST", "/", headers, "")).containsExactly(AT + ".headers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Authorization", "host", "Idempotency-Key", "traceparent", "entente-fence", "Entente-Gid"})
    void a_reserved_header_is_refused(String name) {
        assertThat(ofHeader(name, "v")).containsExactly(AT + ".headers");
    }

    @Test
    void a_headers_name_is_a_token() {
        assertThat(ofHeader("x-azAZ09!#$%&'*+.^_`|~", "v")).isEmpty();
        assertThat(ofHeader("a".repeat(4096), "v")).isEmpty();
        assertThat(ofHeader("a".repeat(4097), "v")).containsExactly(AT + ".headers");
        assertThat(ofHeader("", "v")).containsExactly(AT + ".headers");
        assertThat(ofHeader("a b", "v")).containsExactly(AT + ".headers");
        assertThat(ofHeader("a:", "v")).containsExactly(AT + ".headers");
    }

    @Test
    void a_headers_value_is_printable() {
        assertThat(ofHeader("x", "")).isEmpty();
        assertThat(ofHeader("x", " a~")).isEmpty();
        assertThat(ofHeader("x", "v".repeat(4096))).isEmpty();
        assertThat(ofHeader("x", "v".repeat(4097))).containsExactly(AT + ".headers");
        assertThat(ofHeader("x", "a\nb")).containsExactly(AT + ".headers");
        assertThat(ofHeader("x", "a\u007fb")).containsExactly(AT + ".headers");
        assertThat(ofHeader("x", "ä")).containsExactly(AT + ".headers");
    }
}
