package dev.entente.stories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.entente.rig.Ended;
import java.io.IOException;
import java.util.List;

/**
 * Programs that Maven cannot bring. A test that needs them is skipped without them, or fails under
 * {@code ENTENTE_REQUIRE=all}.
 */
public final class DebianPackages {
    private DebianPackages() {}

    /** Asks {@code probe} whether the packages are installed, by its exit code. Blocks. */
    public static void require(List<String> packages, String... probe) {
        boolean isInstalled = succeeds(probe);
        String advice = "this test needs: apt-get install " + String.join(" ", packages);
        if ("all".equals(System.getenv("ENTENTE_REQUIRE"))) {
            assertThat(isInstalled).as(advice).isTrue();
        }
        assumeTrue(isInstalled, advice);
    }

    private static boolean succeeds(String... probe) {
        try {
            return Ended.run(List.of(probe)).exit() == 0;
        } catch (IOException notThere) {
            return false;
        }
    }
}
