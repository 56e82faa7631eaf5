package dev.entente.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The word that is suggested for a mistyped word. */
final class NearestTest {
    @Test
    void the_word_with_the_fewest_edits_is_suggested() {
        List<String> known = List.of("payment", "shipping", "stock");
        assertThat(Nearest.to("stok", known)).isEqualTo("stock");
        assertThat(Nearest.to("stockk", known)).isEqualTo("stock");
        assertThat(Nearest.to("paymant", known)).isEqualTo("payment");
        assertThat(Nearest.to("hipping", known)).isEqualTo("shipping");
        assertThat(Nearest.to("stock", List.of())).isNull();
    }

    @Test
    void a_letter_in_both_words_is_no_edit() {
        // edits of "ab": 3 for "xyz", 1 for "abc", 2 for "xy"
        assertThat(Nearest.to("ab", List.of("xyz", "abc", "xy"))).isEqualTo("abc");
        assertThat(Nearest.to("ab", List.of("xyz", "xb"))).isEqualTo("xb");
        assertThat(Nearest.to("ab", List.of("bcd", "b"))).isEqualTo("b");
        assertThat(Nearest.to("abcd", List.of("dcba", "bcd"))).isEqualTo("bcd");
        assertThat(Nearest.to("abcdef", List.of("xxxdef", "bcdefx"))).isEqualTo("bcdefx");
        assertThat(Nearest.to("bcdefx", List.of("defxxx", "abcdef"))).isEqualTo("abcdef");
        assertThat(Nearest.to("", List.of("ab", "c"))).isEqualTo("c");
        assertThat(Nearest.to("abc", List.of("xyzuvw", ""))).isEqualTo("");
        assertThat(Nearest.to("aaaa", List.of("bbbbb", ""))).isEqualTo("");
        assertThat(Nearest.to("ab", List.of("a", "ab"))).isEqualTo("ab");
    }

    @Test
    void a_word_unlike_all_known_words_gets_no_suggestion() {
        assertThat(Nearest.like("grpc.prot", List.of("grpc.port", "lease"))).isEqualTo("grpc.port");
        assertThat(Nearest.like("colour", List.of("grpc.port", "lease"))).isNull();
        assertThat(Nearest.like("lease", List.of())).isNull();
    }
}
