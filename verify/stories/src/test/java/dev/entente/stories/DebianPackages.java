package dev.entente.stories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.entente.rig.Ended;
import java.io.IOException;
import java.util.List;

/**
 * Programs that Maven cannot provide. Without them, a test that needs them is skipped, or fails under {@code
 * ENTENTE_REQUIRE=all}.
 */
public final class DebianPackages {
    private DebianPackages() {}

    /** Checks by the exit code of {@code probe} whether the packages are installed. Blocks. */
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
        } catch (IOException missing) {
            return false;
        }
    }
}
