package dev.entente.api;

import dev.entente.Internal;
import dev.entente.client.Entente;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * Compares the API with the files of {@code src/test/api}. After an intended change, write these files again with
 * {@code mvn -o -q -pl client-sdk,integrations/outbox,integrations/patterns,integrations/testkit -am test
 * -Dtest=PublicApiTest,OutboxApiTest,PatternsApiTest,TestkitApiTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dentente.api.write=true}.
 */
final class PublicApiTest {
    @Test
    void the_public_signatures_of_the_sdk_match_the_api_file() throws IOException {
        JavaSignatures.hold(Entente.class, "client-sdk.txt");
    }

    @Test
    void the_public_signatures_of_the_wire_jar_match_the_api_file() throws IOException {
        JavaSignatures.hold(Internal.class, "wire.txt");
    }

    @Test
    void the_proto_signatures_match_the_api_file() throws IOException {
        JavaSignatures.hold("proto.txt", ProtoSignatures.lines());
    }
}
