package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallSignatureTest {
    private static final Instant TIME = Instant.ofEpochSecond(1_760_000_000);
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final String AUTHORITY = "pay.internal:7801";
    private static final String PATH = "/hooks/paid?x=1";
    private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
    /** Computed with Python's hmac and hashlib. */
    private static final String DIGITS = "f6d4c490f98523aa1cb2ef8edd29a0ab7249791f2215a40b9f436edcb210c778";

    private static final String SIGNED = "v2,k=3eb1bd43,t=1760000000,h=" + DIGITS;

    private final CallSignature signature = CallSignature.of(KEY);

    private static Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("entente-gid", "g");
        headers.put("entente-branch", "deliver");
        headers.put("entente-op", "deliver");
        headers.put("entente-attempt", "2");
        headers.put("entente-fence", "17");
        headers.put("entente-pattern", "notification");
        headers.put("entente-created", "2026-11-20T09:30:00Z");
        headers.put("entente-submitter", "shop");
        headers.put("idempotency-key", "g/deliver/deliver");
        headers.put("entente-signature", SIGNED);
        return headers;
    }

    private static boolean holds(CallSignature signature, Map<String, String> headers, Instant now) {
        return signature.holds("POST", AUTHORITY, PATH, headers::get, BODY, now);
    }

    private boolean holdsWith(String header, @Nullable String value) {
        Map<String, String> changed = headers();
        if (value == null) {
            changed.remove(header);
        } else {
            changed.put(header, value);
        }
        return holds(signature, changed, TIME);
    }

    @Test
    void a_signature_computed_by_another_implementation_is_valid() {
        assertThat(holds(signature, headers(), TIME)).isTrue();
    }

    @Test
    void a_signature_is_valid_for_five_minutes_before_and_after_its_time() {
        assertThat(holds(signature, headers(), TIME.plusSeconds(300))).isTrue();
        assertThat(holds(signature, headers(), TIME.minusSeconds(300))).isTrue();
        assertThat(holds(signature, headers(), TIME.plusSeconds(301))).isFalse();
        assertThat(holds(signature.within(Duration.ofSeconds(1)), headers(), TIME.plusSeconds(2)))
                .isFalse();
    }

    @Test
    void a_changed_or_missing_header_invalidates_the_signature() {
        for (String header : headers().keySet()) {
            assertThat(holdsWith(header, headers().get(header) + "1"))
                    .as(header)
                    .isFalse();
            assertThat(holdsWith(header, "")).as(header).isEqualTo(header.equals("idempotency-key"));
            assertThat(holdsWith(header, null)).as(header).isEqualTo(header.equals("idempotency-key"));
        }
        assertThat(holdsWith("idempotency-key", "other/deliver/deliver")).isFalse();
    }

    @Test
    void characters_moved_between_header_values_invalidate_the_signature() {
        List<String> names = List.copyOf(headers().keySet()).subList(0, 8);
        for (int i = 0; i + 1 < names.size(); i++) {
            Map<String, String> shifted = headers();
            String left = shifted.getOrDefault(names.get(i), "");
            String right = shifted.get(names.get(i + 1));
            shifted.put(names.get(i), left.substring(0, left.length() - 1));
            shifted.put(names.get(i + 1), left.substring(left.length() - 1) + right);
            shifted.remove("idempotency-key");
            assertThat(holds(signature, shifted, TIME)).as(names.get(i)).isFalse();
        }
    }

    @Test
    void another_method_authority_path_or_body_invalidates_the_signature() {
        Map<String, String> headers = headers();
        assertThat(signature.holds("PUT", AUTHORITY, PATH, headers::get, BODY, TIME))
                .isFalse();
        assertThat(signature.holds("POST", "evil:7801", PATH, headers::get, BODY, TIME))
                .isFalse();
        assertThat(signature.holds("POST", null, PATH, headers::get, BODY, TIME))
                .isFalse();
        assertThat(signature.holds("POST", AUTHORITY, "/hooks/paid", headers::get, BODY, TIME))
                .isFalse();
        assertThat(signature.holds("POST", AUTHORITY, PATH, headers::get, new byte[0], TIME))
                .isFalse();
    }

    @Test
    void the_expected_authority_replaces_the_authority_of_the_request() {
        Map<String, String> headers = headers();
        CallSignature proxied = signature.expecting(AUTHORITY);
        assertThat(proxied.holds("POST", "10.0.0.7", PATH, headers::get, BODY, TIME))
                .isTrue();
        assertThat(signature.expecting("other:1").holds("POST", AUTHORITY, PATH, headers::get, BODY, TIME))
                .isFalse();
    }

    @Test
    void a_signature_is_valid_if_one_of_the_keys_matches() {
        assertThat(holds(CallSignature.of("the next key, of 32 characters..", KEY), headers(), TIME))
                .isTrue();
        assertThat(holds(CallSignature.of("the next key, of 32 characters.."), headers(), TIME))
                .isFalse();
        assertThatThrownBy(CallSignature::of).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v2",
                "v1,k=3eb1bd43,t=1760000000,h=" + DIGITS,
                "v2,k=3eb1bd44,t=1760000000,h=" + DIGITS,
                "v2,k=3eb1bd43,t=1760000001,h=" + DIGITS,
                "v2,k=3eb1bd43,t=99999999999999,h=" + DIGITS,
                "v2,k=3eb1bd43,t=1760000000,h=" + DIGITS + "0",
                "t=1760000000,v1=" + DIGITS
            })
    void a_malformed_or_foreign_signature_is_invalid(String header) {
        assertThat(holdsWith("entente-signature", header)).isFalse();
    }
}
