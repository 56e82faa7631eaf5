package dev.entente.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class TimeOrderedIdTest {
    @Test
    void an_id_is_a_uuid_of_version_7_that_begins_with_the_time() {
        long before = System.currentTimeMillis();
        byte[] target = "<000000000000000000000000000000000000>".getBytes(StandardCharsets.US_ASCII);
        TimeOrderedId.write(target, 1);
        long after = System.currentTimeMillis();

        String text = new String(target, StandardCharsets.US_ASCII);
        assertThat(text).startsWith("<").endsWith(">");
        UUID id = UUID.fromString(text.substring(1, 37));
        assertThat(id).hasToString(text.substring(1, 37));
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isBetween(before, after);
    }
}
