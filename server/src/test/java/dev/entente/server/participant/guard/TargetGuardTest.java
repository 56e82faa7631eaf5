package dev.entente.server.participant.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.participant.ParticipantConfig;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetGuardTest {
    private final TargetGuard guard =
            guard(List.of("stock", "payment"), List.of("10.0.0.1:7801", "*.shop.internal:*", "[::1]:7802"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "stock",
                "payment",
                "10.0.0.1:7801",
                "a.shop.internal:80",
                "A.B.SHOP.internal:65535",
                "[::1]:7802"
            })
    void a_configured_or_allowed_participant_may_be_called(String participant) {
        assertThat(guard.refusal(participant)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1:7802",
                "10.0.0.2:7801",
                "shop.internal:80",
                "evilshop.internal:80",
                "a.shop.internal.evil.example:80",
                "[::2]:7802"
            })
    void an_address_outside_the_allow_list_is_refused(String participant) {
        assertThat(codeOf(participant)).isEqualTo(ErrorCode.TARGET_NOT_ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "shipping",
                "unix:///run/docker.sock",
                "dns:///a.shop.internal:80",
                "a.shop.internal:",
                "a.shop.internal:0",
                "a.shop.internal:65536",
                "a.shop.internal:8x",
                "a/b.shop.internal:80",
                ":80"
            })
    void an_invalid_or_unknown_participant_is_refused(String participant) {
        assertThat(codeOf(participant)).isEqualTo(ErrorCode.PARTICIPANT_UNKNOWN);
    }

    @Test
    void a_refusal_names_the_solutions() {
        assertThat(guard.refusal("shipping"))
                .hasMessage("ENT-014: participant 'shipping' is not configured; add participants.shipping.target or use"
                        + " one of: payment, stock");
        assertThat(guard(List.of(), List.of()).refusal("stock"))
                .hasMessage("ENT-014: participant 'stock' is not configured; add participants.stock.target");
    }

    @ParameterizedTest
    @ValueSource(strings = {"xds:///shop", "../x", "", "."})
    void the_refusal_of_an_invalid_name_suggests_no_configuration(String participant) {
        assertThat(guard(List.of("stock"), List.of("*:*")).probeRefusal(participant))
                .hasMessage("ENT-014: participant '" + participant
                        + "' is neither a configured name nor host:port; correct it or use one of: stock");
    }

    @Test
    void without_an_allow_list_only_names_may_be_called() {
        TargetGuard names = guard(List.of("stock"), List.of());

        assertThat(names.refusal("stock")).isNull();
        assertThat(names.refusal("127.0.0.1:1")).isNotNull();
    }

    private static TargetGuard guard(List<String> names, List<String> allowed) {
        return new TargetGuard(
                names.stream()
                        .map(name -> ParticipantConfig.plaintext(name, "localhost:1"))
                        .toList(),
                allowed);
    }

    private ErrorCode codeOf(String participant) {
        Refusal refusal = guard.refusal(participant);
        assertThat(refusal).isNotNull();
        return Objects.requireNonNull(refusal).code();
    }
}
