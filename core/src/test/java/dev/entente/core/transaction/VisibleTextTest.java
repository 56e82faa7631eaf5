package dev.entente.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VisibleTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "order-4711", "Größe 5 €", "订单", "😀", "a b, 'c' \\ \"d\""})
    void visible_text_stays_unchanged(String text) {
        assertThat(VisibleText.of(text)).isSameAs(text);
    }

    @ParameterizedTest
    @CsvSource({
        "10, \\u000a",
        "13, \\u000d",
        "9, \\u0009",
        "0, \\u0000",
        "27, \\u001b",
        "127, \\u007f",
        "155, \\u009b",
        "8238, \\u202e",
        "8294, \\u2066",
        "8203, \\u200b",
        "8232, \\u2028",
        "65279, \\ufeff",
        "55357, \\ud83d",
        "917505, \\udb40\\udc01",
    })
    void invisible_characters_are_escaped(int codePoint, String written) {
        assertThat(VisibleText.of("a" + Character.toString(codePoint) + "ä")).isEqualTo("a" + written + "ä");
    }

    @Test
    void a_refusal_shows_any_input_on_one_line() {
        Refusal refusal = Refusal.notFound("x\nENT-000: all is well \u202e");
        assertThat(refusal)
                .hasMessageStartingWith("ENT-030: there is no transaction 'x\\u000aENT-000: all is well \\u202e'");
        Refusal malformed = Refusal.malformed(ErrorCode.GID, "plan.gid\n", "'\u001b[2J'");
        assertThat(malformed.violations()).singleElement().satisfies(violation -> {
            assertThat(violation.field()).isEqualTo("plan.gid\\u000a");
            assertThat(violation.message()).isEqualTo("'\\u001b[2J'");
        });
    }
}
