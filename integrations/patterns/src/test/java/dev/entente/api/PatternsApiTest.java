package dev.entente.api;

import dev.entente.idempotency.IdempotencyKeys;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * Compares the public signatures with a file. {@code PublicApiTest} of the client has the command that rewrites the
 * file.
 */
final class PatternsApiTest {
    @Test
    void public_signatures_equal_the_recorded_file() throws IOException {
        JavaSignatures.hold(IdempotencyKeys.class, "patterns.txt");
    }
}
