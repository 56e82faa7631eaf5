package dev.entente.torture;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.entente.torture.siege.Siege;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code ./entente siege} with the built jar, in its short form. */
@Tag("deep")
@Tag("siege")
final class SiegeIT {
    private static final int LEAST_ATTACKS = 5;

    @Test
    void every_attack_is_repelled_while_a_regular_client_continues() throws Exception {
        JsonObject json = TortureProcess.run(Siege.class, "--seconds", "1", "--json");
        System.out.println("figures: " + json.getAsJsonArray("attacks").size() + " attacks");
        assertThat(json.getAsJsonArray("attacks"))
                .hasSizeGreaterThanOrEqualTo(LEAST_ATTACKS)
                .extracting(JsonElement::getAsJsonObject)
                .allSatisfy(attack -> {
                    assertThat(attack.get("held").getAsBoolean()).isTrue();
                    assertThat(attack.get("tries").getAsLong()).isPositive();
                    assertThat(attack.get("lease_lost").getAsBoolean()).isFalse();
                });
    }
}
