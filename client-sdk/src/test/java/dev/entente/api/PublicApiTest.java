package dev.entente.api;

import dev.entente.Internal;
import dev.entente.client.Entente;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * Compares the API with the files of {@code src/test/api}. After a change on purpose they are written anew by
 * {@code mvn -o -q -pl client-sdk,integrations/outbox,integrations/patterns,integrations/testkit -am test
 * -Dtest=PublicApiTest,OutboxApiTest,PatternsApiTest,TestkitApiTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dentente.api.write=true}.
 */
final class PublicApiTest {
    @Test
    void the_sdks_signatures_change_on_purpose_only() throws IOException {
        JavaSignatures.hold(Entente.class, "client-sdk.txt");
    }

    @Test
    void what_both_ends_share_changes_on_purpose_only() throws IOException {
        JavaSignatures.hold(Internal.class, "wire.txt");
    }

    @Test
    void messages_fields_and_calls_change_on_purpose_only() throws IOException {
        JavaSignatures.hold("proto.txt", ProtoSignatures.lines());
    }
}
