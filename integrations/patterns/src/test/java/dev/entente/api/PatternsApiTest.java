package dev.entente.api;

import dev.entente.idempotency.IdempotencyKeys;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** {@code PublicApiTest} of the client has the command that writes the file anew. */
final class PatternsApiTest {
    @Test
    void the_signatures_change_on_purpose_only() throws IOException {
        JavaSignatures.hold(IdempotencyKeys.class, "patterns.txt");
    }
}
