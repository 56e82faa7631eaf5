package dev.entente.stories.compat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Verifies that each version of protobuf and grpc has everything that the SDK's jars link to. */
final class LinkageIT {
    static List<Combination> combinations() {
        return Combination.all();
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void every_reference_resolves(Combination combination) throws IOException {
        try (Linkage linkage = new Linkage(combination.libraries())) {
            assertThat(linkage.broken()).isEmpty();
        }
    }
}
