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
    void the_errors_page_lists_all_error_codes() throws IOException {
        if (Boolean.getBoolean("entente.docs.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, ErrorsDoc.text());
        }
        assertThat(PAGE).hasContent(ErrorsDoc.text());
    }

    @Test
    void error_codes_are_unique() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::id)).doesNotHaveDuplicates();
    }
}
