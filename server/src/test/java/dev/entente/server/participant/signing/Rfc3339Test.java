package dev.entente.server.participant.signing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Rfc3339Test {
    private static final int[] STEPS = {1, 1000, 1_000_000, 1_000_000_000};

    @Test
    void the_text_equals_Instant_toString() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            int step = STEPS[random.nextInt(STEPS.length)];
            long second = random.nextInt(4) == 0 ? random.nextLong(-62_135_596_800L, 253_402_300_800L) : i / 100;
            Instant at = Instant.ofEpochSecond(second, random.nextInt(1_000_000_000) / step * (long) step);
            assertThat(Rfc3339.text(at)).isEqualTo(at.toString());
        }
    }
}
