package dev.entente.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ErrorsDocTest {
    private static final Path PAGE = Path.of("..", "docs", "errors.md");

    @Test
    void the_page_lists_the_codes_as_they_are() throws IOException {
        if (Boolean.getBoolean("entente.docs.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, ErrorsDoc.text());
        }
        assertThat(PAGE).hasContent(ErrorsDoc.text());
    }

    @Test
    void no_code_is_used_twice() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::id)).doesNotHaveDuplicates();
    }
}
