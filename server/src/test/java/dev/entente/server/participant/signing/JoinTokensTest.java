package dev.entente.server.participant.signing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JoinTokensTest {
    private static final String GID = "order-4711";

    private final Seal seal = new Seal(JoinTokens.PURPOSE, List.of(key(1)));
    private final JoinTokens tokens = new JoinTokens(seal);

    private static SigningKey key(int id) {
        byte[] secret = new byte[32];
        secret[0] = (byte) id;
        return new SigningKey(id, secret);
    }

    @Test
    void a_token_proves_its_branch_and_nested_branches() {
        String token = tokens.of(GID, "trip/hotel", 17);
        assertThat(tokens.proves(token, GID, "trip/hotel")).isTrue();
        assertThat(tokens.proves(token, GID, "trip/hotel/room")).isTrue();
        assertThat(tokens.proves(token, GID, "trip/hotel/room/bed")).isTrue();
        assertThat(tokens.proves(token, GID, "trip")).isFalse();
        assertThat(tokens.proves(token, GID, "trip/hotels")).isFalse();
        assertThat(tokens.proves(token, GID, "trip/car")).isFalse();
        assertThat(tokens.proves(token, GID, "")).isFalse();
    }

    @Test
    void a_token_does_not_prove_a_shifted_gid_and_branch() {
        assertThat(tokens.proves(tokens.of("a", "b/c", 1), "a/b", "c")).isFalse();
        assertThat(tokens.proves(tokens.of("ab", "c", 1), "a", "bc")).isFalse();
        assertThat(tokens.proves(tokens.of("a", "b", 11), "a", "b1")).isFalse();
    }

    @Test
    void a_token_with_a_changed_character_is_invalid() {
        String token = tokens.of(GID, "trip", 17);
        for (int at = 0; at < token.length(); at++) {
            for (char other = '!'; other <= '~'; other++) {
                String changed = token.substring(0, at) + other + token.substring(at + 1);
                boolean isSame = token.charAt(at) == other;
                assertThat(isSame || !tokens.proves(changed, GID, "trip"))
                        .as(changed)
                        .isTrue();
            }
        }
    }

    @Test
    void an_invalid_token_proves_nothing() {
        String token = tokens.of(GID, "trip", 17);
        for (String odd : List.of(
                "",
                "1",
                "1.1.17.",
                "1.99999.17." + "A".repeat(43),
                token + "=",
                "1.0" + token.substring(2),
                " " + token)) {
            assertThat(tokens.proves(odd, GID, "trip")).as(odd).isFalse();
        }
        assertThat(tokens.proves(token, GID, "/".repeat(256))).isFalse();
    }

    @Test
    void tokens_of_all_current_keys_are_valid_and_the_first_key_signs() {
        String before = tokens.of(GID, "trip", 0);
        seal.use(List.of(key(2), key(1)));
        String after = tokens.of(GID, "trip", 0);
        assertThat(after).startsWith("1.2.0.").hasSizeLessThanOrEqualTo(70);
        assertThat(tokens.proves(before, GID, "trip")).isTrue();
        assertThat(tokens.proves(after, GID, "trip")).isTrue();
        seal.use(List.of(key(2)));
        assertThat(tokens.proves(before, GID, "trip")).isFalse();
    }
}
