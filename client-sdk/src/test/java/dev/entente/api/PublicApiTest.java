package dev.entente.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Holds the API against the files of {@code src/test/api}. After a change on purpose they are written anew by
 * {@code mvn -o -q -pl client-sdk -am test -Dtest=PublicApiTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dentente.api.write=true}.
 */
final class PublicApiTest {
    private static final Path FOLDER = Path.of("src/test/api");

    @Test
    void the_sdks_signatures_change_on_purpose_only() throws IOException {
        hold("client-sdk.txt", new JavaSignatures().lines());
    }

    @Test
    void messages_fields_and_calls_change_on_purpose_only() throws IOException {
        hold("proto.txt", ProtoSignatures.lines());
    }

    @Test
    void no_public_signature_mentions_an_internal_class() throws IOException {
        JavaSignatures signatures = new JavaSignatures();
        List<String> internal =
                signatures.internal().stream().map(Class::getCanonicalName).toList();
        assertThat(internal).isNotEmpty();
        assertThat(signatures.lines())
                .allSatisfy(line -> assertThat(line.split("[^\\w.$]+")).doesNotContainAnyElementsOf(internal));
    }

    private static void hold(String name, List<String> found) throws IOException {
        Path file = FOLDER.resolve(name);
        if (Boolean.getBoolean("entente.api.write")) {
            Files.createDirectories(FOLDER);
            Files.write(file, found);
        }
        assertThat(found)
                .as("the API differs from %s; if that is meant, write it anew with -Dentente.api.write=true", file)
                .isEqualTo(Files.readAllLines(file));
    }
}
