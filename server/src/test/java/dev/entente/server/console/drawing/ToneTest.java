package dev.entente.server.console.drawing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ToneTest {
    @ParameterizedTest
    @EnumSource
    void a_badge_has_the_sign_that_pictures_have(Tone tone) throws IOException {
        String css = Files.readString(Path.of("src/main/resources/dev/entente/server/console/console.css"));
        assertThat(css)
                .contains(".%s::before { content: \"\\%04X\" / \"\"; }"
                        .formatted(tone.css().replace("tone", "badge"), (int)
                                tone.sign().charAt(0)));
    }
}
