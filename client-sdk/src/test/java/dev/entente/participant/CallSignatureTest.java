package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallSignatureTest {
    private static final Instant TIME = Instant.ofEpochSecond(1_760_000_000);
    private static final String KEY = "g/deliver/deliver";
    private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
    /** Made by OpenSSL. */
    private static final String DIGITS = "661273125b564268f366e61c603fc509e5aba5f84974b8fcc5d72a4a9e213c4f";

    private final CallSignature signature = CallSignature.of("0123456789abcdef0123456789abcdef");

    @Test
    void it_is_an_hmac_over_time_key_and_body() {
        assertThat(signature.holds("t=1760000000,v1=" + DIGITS, KEY, BODY, TIME))
                .isTrue();
    }

    @Test
    void it_holds_for_some_minutes_before_and_after() {
        String header = "t=1760000000,v1=" + DIGITS;

        assertThat(signature.holds(header, KEY, BODY, TIME.plusSeconds(300))).isTrue();
        assertThat(signature.holds(header, KEY, BODY, TIME.minusSeconds(300))).isTrue();
        assertThat(signature.holds(header, KEY, BODY, TIME.plusSeconds(301))).isFalse();
        assertThat(CallSignature.of("0123456789abcdef0123456789abcdef", Duration.ofSeconds(1))
                        .holds(header, KEY, BODY, TIME.plusSeconds(2)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "t=1760000000",
                "v1=661273125b564268f366e61c603fc509e5aba5f84974b8fcc5d72a4a9e213c4f",
                "t=1760000001,v1=661273125b564268f366e61c603fc509e5aba5f84974b8fcc5d72a4a9e213c4f",
                "t=1760000000,v1=761273125b564268f366e61c603fc509e5aba5f84974b8fcc5d72a4a9e213c4f",
                "t=99999999999999,v1=661273125b564268f366e61c603fc509e5aba5f84974b8fcc5d72a4a9e213c4f"
            })
    void whatever_is_another_does_not_hold(String header) {
        assertThat(signature.holds(header, KEY, BODY, TIME)).isFalse();
    }

    @Test
    void what_is_not_there_does_not_hold() {
        assertThat(signature.holds(null, KEY, BODY, TIME)).isFalse();
        assertThat(signature.holds("t=1760000000,v1=" + DIGITS, null, BODY, TIME))
                .isFalse();
    }
}
