package dev.entente.api;

import dev.entente.outbox.Outbox;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** {@code PublicApiTest} of the client has the command that writes the file anew. */
final class OutboxApiTest {
    @Test
    void the_signatures_change_on_purpose_only() throws IOException {
        JavaSignatures.hold(Outbox.class, "outbox.txt");
    }
}
